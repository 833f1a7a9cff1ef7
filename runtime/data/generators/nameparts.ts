// Parts from which family names of eighteen languages are put together: beginnings and endings, in plain letters.
// The languages are those of the well-known exercise of telling a name's origin from its letters.

export interface NameParts {
  readonly language: string;
  readonly beginnings: readonly string[];
  readonly endings: readonly string[];
}

function parts(language: string, beginnings: string, endings: string): NameParts {
  return { language, beginnings: beginnings.split(" "), endings: endings.split(" ") };
}

export const NAME_PARTS: readonly NameParts[] = [
  parts(
    "Arabic",
    "sa ha na kha mas ta ba ra ka sha gha fa wa za ma ja qu as",
    "leh ddad jjar lid oud mer shar hal tani rim bir nem dir kour sari bbas raishi ssan",
  ),
  parts(
    "Chinese",
    "zh ch sh x q l w h y j g t f d m z b p",
    "ang en ao ou iu ian uan un eng ei ong ai in ing uo u an i",
  ),
  parts(
    "Czech",
    "novo svobo dvor cern proch kuc hor ves marek pospi haj jeli ruzi bene fial sed dole zeman",
    "tny da ak azka era anka ska ely lik sil ek nek cka sova acek ecky icka ovsky",
  ),
  parts(
    "Dutch",
    "van_der van_den de_ ver vande hoog groen brouw schip kuij jans hend wil mei dijk bak kooi post",
    "berg meer veld hoven kamp stra huis wijk boer loo broek linden horst stede zoon sma nink huizen",
  ),
  parts(
    "English",
    "ash brad carl hart law black nor west thorn har wood win stan ald wal whit ever mill",
    "ton ley field ford by worth wood bury ham well more brook croft shaw ridge wick son hurst",
  ),
  parts(
    "French",
    "beau du la le mont char bel roche ville cour bois mar gau ber del fon gir mor",
    "champ mont rac thier nard lieu teau neuve vier quet leroi ard beau fort reau celle nier sseau",
  ),
  parts(
    "German",
    "schw stein hoff ober kirch baum roth eich wein hirsch braun schnei gross klein winter schul fried lang",
    "mann bauer meister berger dorf schmidt bach feld hauser muller stein becker hardt wald richter weber kopf hausen",
  ),
  parts(
    "Greek",
    "papa christo geor niko dimi atha konstan pana theo stavro vasi anto alexo kara mitro ioan laza spyro",
    "dopoulos giannis poulos akis oudis nidis takos tsidis nopoulos iadis opoulou ellis tzis lakis mikos ratos sidis atos",
  ),
  parts(
    "Irish",
    "o'con o'bri mc_car mc_na o'do o'sul fitz o'ma o'ri mc_gui o'hal o'lea mc_do kea bren galla dono maho",
    "nor en thy mara nnell livan gerald ley ordan nness loran ry nagh ney nan gher ghue van",
  ),
  parts(
    "Italian",
    "ross bian ferr espos ricc mar grec gall cost mancin lomb bar fontan sant car mor gior vit",
    "ini chi ari ito iello etti one ucci ardi oni ana oro uso elli dano ale essi acci",
  ),
  parts(
    "Japanese",
    "taka yama kawa mori naka fuji hashi ishi kuro matsu oka sato shima toyo waki yoshi kiku hara",
    "hashi moto mura da guchi shita zaki naga saki be gawa ta oka kawa bayashi hara sawa numa",
  ),
  parts(
    "Korean",
    "kim_ park_ lee_ choi_ jeong_ kang_ cho_ yoon_ jang_ lim_ han_ oh_ seo_ shin_ kwon_ hwang_ ahn_ song_",
    "min jun seo ji hyun soo woo jin young ha eun tae kyu bin sun chul hee ran",
  ),
  parts(
    "Polish",
    "kowal wisni wojci lewan zielin szym kamin nowa pawl mich grab krol wrob jablon dudz przyb mazur kraw",
    "ski czyk wicz ewski owski ak alczyk inski arek ek anski czak ynski ecki awski icz iak lewicz",
  ),
  parts(
    "Portuguese",
    "fer alme pere olivei carv gon car mar rod ara tei mende pin nune rib cou guim bar",
    "reira ida nandes alho calves doso inho rigues ujo xeira sso heiro tinho araes bosa ques eiro anha",
  ),
  parts(
    "Russian",
    "ivan petr smirn kuzn popov vasil mikhail fed moroz volk alek lebed sem egor pavl koz step nikol",
    "ov ev in enko ovich etsov yev sky anov akov ovsky evich itsky insky achev yukov shin lin",
  ),
  parts(
    "Scottish",
    "mac_ mc_ camp fer dun suther drum gor aber inver glen kin strath bal craw kil ramsa hamil",
    "donald bell guson bar land mond don crombie ness dale naird more four ford martin leod kay lachlan",
  ),
  parts(
    "Spanish",
    "gonz rodri mart hern lop per sanch ram torr flor riv gom dia mor jim rui vaz cast",
    "alez guez inez andez ez era ola illo ado es ero oso eda eno anez quez ano ar",
  ),
  parts(
    "Vietnamese",
    "nguyen_ tran_ le_ pham_ hoang_ phan_ vu_ dang_ bui_ do_ ho_ ngo_ duong_ ly_ dinh_ trinh_ mai_ luu_",
    "anh binh cuong dung giang hai hoa khanh lan linh minh nga phuc quynh thao tuan van xuan",
  ),
];
