// Whole programs that the grammar must read: the architectures and trainings of a deep-learning course, one text each.

export const programs: Readonly<Record<string, string>> = {
  googlenet: `block inception(a, b, c, d, e, f) {
  concat {
    branch { conv 1x1 a; relu }
    branch { conv 1x1 b; relu; conv 3x3 c p1; relu }
    branch { conv 1x1 d; relu; conv 5x5 e p2; relu }
    branch { maxpool 3x3 s1 p1; conv 1x1 f; relu }
  }
}
block head(classes) { avgpool 5x5 s3; conv 1x1 128; relu; flatten; dense 1024; relu; dropout 0.7; dense classes }
model googlenet(image: [224, 224, 3]) {
  conv 7x7 64 s2 p3; relu
  maxpool 3x3 s2 ceil; lrn 5
  conv 1x1 64; relu; conv 3x3 192 p1; relu; lrn 5
  maxpool 3x3 s2 ceil
  inception 64 96 128 16 32 32
  inception 128 128 192 32 96 64
  maxpool 3x3 s2 ceil
  inception 192 96 208 16 48 64 -> a4
  inception 160 112 224 24 64 64
  inception 128 128 256 24 64 64
  inception 112 144 288 32 64 64 -> d4
  inception 256 160 320 32 128 128
  maxpool 3x3 s2 ceil
  inception 256 160 320 32 128 128
  inception 384 192 384 48 128 128
  avgpool global; dropout 0.4
  dense 1000
}
aux1 = head 1000
aux2 = head 1000
train googlenet on imagenet {
  y = googlenet(image)
  loss cross_entropy(y, label) + 0.3 * cross_entropy(aux1(y.a4), label) + 0.3 * cross_entropy(aux2(y.d4), label)
  metric top5 = accuracy(y, label, top=5)
}
`,
  resnet152: `block bottleneck(width, stride=1) {
  residual(skip=if stride == 1 and depth(it) == 4 * width then identity else { conv 1x1 4*width stride=stride nobias; batchnorm }) {
    conv 1x1 width nobias; batchnorm; relu
    conv 3x3 width stride=stride p1 nobias; batchnorm; relu
    conv 1x1 4*width nobias; batchnorm
  }
  relu
}
block stage(width, count, stride=2) { bottleneck width stride=stride; repeat count - 1 { bottleneck width } }
model resnet152(image: [224, 224, 3]) {
  conv 7x7 64 s2 p3 nobias; batchnorm; relu; maxpool 3x3 s2 p1
  stage 64 3 s1; stage 128 8; stage 256 36; stage 512 3
  avgpool global; dense 1000
}
`,
  unet: `block double(n) { repeat 2 { conv 3x3 n p1 nobias; batchnorm; relu } }
model unet(image: [H, W, 3]) {
  double 64 -> top
  maxpool 2x2; double 128 -> mid
  maxpool 2x2; double 256
  upconv 2x2 128 s2; concat(it, mid); double 128
  upconv 2x2 64 s2; concat(it, top); double 64
  conv 1x1 1
}
train unet on shapes {
  y = unet(image); p = y > 0
  loss bce(y, mask)
  metric iou = mean(p * mask) / mean(max(p, mask))
}
`,
  tagger: `block bidirectional(body) { concat(body(it), reverse(fresh(body)(reverse(it)))) }
model tagger(words: [T] of V, K=5) {
  embed 32; bidirectional { lstm 64 }; dropout 0.3; bidirectional { lstm 64 }; dense K
}
train tagger on sentences { y = tagger(words); loss cross_entropy(y, tags); metric accuracy(y, tags) }
`,
  recurrentCells: `cell lstm_peephole(n) {
  state h: [n], c: [n]
  param pf: [n], pi: [n], po: [n] = 0
  f = sigmoid(dense(n)(it, h) + pf * c)
  i = sigmoid(dense(n)(it, h) + pi * c)
  c = f * c + i * tanh(dense(n)(it, h))
  o = sigmoid(dense(n)(it, h) + po * c)
  h = o * tanh(c)
  h
}
cell lstm_coupled(n) {
  state h: [n], c: [n]
  f = sigmoid(dense(n)(it, h)); o = sigmoid(dense(n)(it, h))
  c = f * c + (1 - f) * tanh(dense(n)(it, h)); h = o * tanh(c); h
}
cell gru(n) {
  state h: [n]
  z = sigmoid(dense(n)(it, h)); r = sigmoid(dense(n)(it, h))
  h = (1 - z) * h + z * tanh(dense(n)(it, r * h)); h
}
`,
  translation: `cell decoder(n, memory, W) {
  state h: [n], prev: [] of W = 0
  word = it
  score = memory @ dense(depth(memory))(h)
  concat(embed(32)(prev), softmax(score) @ memory)
  lstm n -> h
  dense W -> logits
  prev = if given(word) then word else argmax(logits)
  logits
}
model translate(source: [S] of V, target: [T] of W = none, length=20) {
  embed 32; bidirectional { lstm 64 } -> memory
  decoder(128, memory, W)(target, steps=length)
}
train translate on pairs {
  loss cross_entropy(translate(source, target), target)
  metric exact = mean(all(argmax(translate(source)) == target))
}
`,
  charlm: `model charlm(text: [T] of V) { embed 64; lstm 128 -> low; lstm 128 -> high; dense V }
data corpus = text("shakespeare.txt", seq=64)
train charlm(prompt="The ", length=200, temperature=0.8) on corpus {
  loss cross_entropy(charlm(text), next)
  carry
  optimizer adam lr=2e-3; clip 5; batch 32; epochs 20
  show generate(charlm, prompt, length, temperature) every epoch
  show top(charlm(text), 5); show heat(charlm(text).high, text)
}
`,
  vae: `model decoder(z: [20]) { dense 400; relu; dense 784 }
model vae(x: [784]) {
  dense 400; relu
  mu = dense(20)(it); logvar = dense(20)(it)
  mu + exp(logvar / 2) * normal([20])
  decoder
}
train vae on digits {
  x = flat(image); y = vae(x)
  loss sum(bce(y, x)) + 0.5 * sum(exp(y.logvar) + y.mu^2 - 1 - y.logvar)
  show images(sigmoid(decoder(normal([20]))), 8x8) every epoch
}
`,
  pixelcnn: `block masked(k, n, centre=false) {
  param w: [k, k, depth(it), n] = he, b: [n] = 0
  y = index(w, 0); x = index(w, 1); m = (k - 1) / 2
  seen = y < m or (y == m and (if centre then x <= m else x < m))
  convolve(it, w * seen, padding=m) + b
}
model pixelcnn(image: [28, 28, 1]) {
  masked 7 64; relu
  repeat 5 { residual { conv 1x1 32; relu; masked 3 32 centre; relu; conv 1x1 64 }; relu }
  conv 1x1 64; relu; conv 1x1 1
}
fn paint(model) {
  zeros([28, 28, 1])
  for y in 0..28 { for x in 0..28 { put(it, [y, x], bernoulli(sigmoid(model(it)[y, x]))) } }
}
train pixelcnn on digits {
  x = bernoulli(image)
  nll = sum(bce(pixelcnn(x), x))
  loss nll; metric bits = nll / (784 * log(2))
  show images(paint(pixelcnn), 8x8) every epoch
}
`,
  gans: `train gan(k=1) on digits {
  repeat k { step D { z = normal([100]); maximize mean(log(D(image))) + mean(log(1 - D(G(z)))) } }
  step G { z = normal([100]); maximize mean(log(D(G(z)))) }
}
block adain(w) {
  scale, shift = split(dense(2 * depth(it))(w), 2)
  (1 + scale) * (it - mean(it, over=space)) / sqrt(var(it, over=space) + 1e-5) + shift
}
block styled(n, w) {
  upsample 2; conv 3x3 n p1
  param strength: [n] = 0
  it + strength * normal([shape(it)[0], shape(it)[1], 1])
  leaky_relu 0.2; adain w
}
model mapping(z: [64]) { repeat 4 { dense 64; leaky_relu 0.2 } }
model synthesis(w: [64]) {
  param start: [7, 7, 64] = normal
  start
  styled 64 w; styled 32 w; conv 3x3 1 p1; sigmoid
}
train style on digits {
  step D { maximize mean(log(D(image))) + mean(log(1 - D(synthesis(mapping(normal([64])))))) }
  step mapping, synthesis { maximize mean(log(D(synthesis(mapping(normal([64])))))) }
}
`,
  beliefNetwork: `block rbm(n) {
  param w: [depth(it), n] = normal std=0.01, a: [depth(it)] = 0, b: [n] = 0
  sigmoid(it @ w + b)
}
fn energy(v, r) = -sum(v * r.a) - sum(softplus(v @ r.w + r.b))
fn gibbs(v, r, steps=1) { repeat steps { h = bernoulli(r(it)); bernoulli(sigmoid(h @ transpose(r.w) + r.a)) } }
low = rbm 256; high = rbm 64
model dbn(image: [28, 28, 1]) { flatten; low; high; dense 10 }
train one on digits {
  step low { v = bernoulli(flat(image)); vk = stop(gibbs(v, low, steps=5)); minimize energy(v, low) - energy(vk, low) }
  epochs 5
}
train two on digits {
  step high {
    v = stop(low(flat(image))); vk = stop(gibbs(v, high, steps=5)); minimize energy(v, high) - energy(vk, high)
  }
  epochs 5
}
train finetune on digits { loss cross_entropy(dbn(image), label); epochs 5 }
`,
  oldMachines: `fn sweep(s, w, b) { for i in 0..shape(s)[0] { put(it, i, bernoulli(sigmoid(sum(it * w[i]) + b[i]))) } }
model bm(v: [20]) { param w: [28, 28] = 0, b: [28] = 0; concat(v, bernoulli(0.5 * ones([8]))) }
train boltzmann on patterns {
  step {
    s = bm(v); data = s
    repeat 5 { data = concat(v, sweep(data, bm.w, bm.b)[20:]) }
    free = s; repeat 10 { free = sweep(free, bm.w, bm.b) }
    update bm.w += 0.05 * mean(outer(data, data) - outer(free, free), over=batch) * (1 - eye(28))
    update bm.b += 0.05 * mean(data - free, over=batch)
  }
}
model hopfield(x: [64]) { param w: [64, 64] = 0; repeat 10 { sign(it @ w) } }
train store on patterns {
  step { update hopfield.w += sum(outer(x, x) - eye(64), over=batch) / 64 }; batch all; epochs 1
}
model som(x: [3]) { param w: [100, 3] = uniform; argmin(sum((w - it)^2, over=depth)) }
train kohonen(rate=0.5, radius=5) on colours {
  step {
    fade = 1 - progress
    update som.w += rate * fade * mean(near(som(x), radius * fade) * (x - som.w), over=batch)
  }
}
model chain(now: [] of V) { param hits: [V, V] = 1; log(hits[now] / sum(hits[now])) }
train count on pairs { step { update chain.hits += sum(outer(onehot(now), onehot(next)), over=batch) }; epochs 1 }
model km(x: [2], K=4) { param centre: [K, 2] = normal; argmin(sum((centre - it)^2, over=depth)) }
train kmeans on blobs {
  step {
    a = onehot(km(x), 4); update km.centre = sum(outer(a, x), over=batch) / reshape(max(1, sum(a, over=batch)), [4, 1])
  }
  batch all; epochs 20
}
`,
  reservoirs: `cell reservoir(n, radius=0.9, leak=0.3) {
  state h: [n]
  fixed param win: [depth(it), n] = uniform 0.5, w: [n, n] = spectral radius
  h = (1 - leak) * h + leak * tanh(it @ win + h @ w)
  h
}
model echo(u: [T, 1]) { reservoir 300; dense 1 }
cell spiking(n, leak=0.9) {
  state v: [n], s: [n]
  fixed param win: [depth(it), n] = normal std=1, w: [n, n] = sparse 0.1
  v = leak * v * (1 - s) + it @ win + s @ w
  s = v > 1
  s
}
model liquid(sound: [T, 8]) { spiking 200; mean(it, over=time); dense 3 }
model elm(x: [64]) { fixed dense 500; sigmoid; dense 10 }
train echo on mackey { loss mse(echo(u), y) }
`,
  turingMachine: `block address(memory, before) {
  key = tanh(dense(depth(memory))(it)); beta = softplus(dense(1)(it)); gate = sigmoid(dense(1)(it))
  shift = softmax(dense(3)(it)); gamma = 1 + softplus(dense(1)(it))
  w = gate * softmax(beta * cosine(memory, key)) + (1 - gate) * before
  w = shift[0] * roll(w, 1) + shift[1] * w + shift[2] * roll(w, -1)
  w = w ^ gamma
  w / sum(w)
}
cell ntm(N, M, n, out) {
  state memory: [N, M] = 1e-3, r: [M], reading: [N] = onehot(0, N), writing: [N] = onehot(0, N)
  concat(it, r); lstm n -> h
  writing = address(memory, writing)(h)
  memory = memory * (1 - outer(writing, sigmoid(dense(M)(h)))) + outer(writing, tanh(dense(M)(h)))
  reading = address(memory, reading)(h)
  r = reading @ memory
  dense(out)(h, r)
}
model copier(x: [T, 9]) { ntm 128 20 100 8; sigmoid }
`,
  transformer: `fn heads(x, n) = transpose(reshape(x, [shape(x)[0], n, depth(x) / n]), [1, 0, 2])
block attention(n) {
  d = depth(it)
  q, k, v = split(dense(3 * d)(it), 3)
  s = heads(q, n) @ transpose(heads(k, n)) / sqrt(d / n)
  a = softmax(s, where=index(s, 2) <= index(s, 1))
  dense(d)(reshape(transpose(a @ heads(v, n), [1, 0, 2]), [shape(it)[0], d]))
}
model lm(text: [T] of V) {
  e = embed 128
  param place: [256, 128] = normal std=0.02
  e
  it + place[0:T]
  repeat 4 { residual { layernorm; attention 4 }; residual { layernorm; dense 512; gelu; dense 128 } }
  layernorm
  it @ transpose(e.weight)
}
`,
  splitBrain: `model colour(l: [32, 32, 1]) { conv 3x3 32 p1; relu; conv 3x3 32 p1; relu -> h; conv 1x1 2 }
model light(ab: [32, 32, 2]) { conv 3x3 32 p1; relu; conv 3x3 32 p1; relu -> h; conv 1x1 1 }
train splitbrain on photos { l, ab = split(lab(image), [1, 2]); loss mse(colour(l), ab) + mse(light(ab), l) }
model probe(image: [32, 32, 3]) {
  l, ab = split(lab(it), [1, 2]); stop(concat(colour(l).h, light(ab).h)); flatten; dense 10
}
train context on digits {
  y = floor(20 * uniform([])); x = floor(20 * uniform([]))
  i = index(image, 0); j = index(image, 1)
  hole = i >= y and i < y + 8 and j >= x and j < x + 8
  loss sum(hole * (inpaint(image * (1 - hole)) - image)^2) / 64
}
`,
  linearAutoencoder: `model linear_ae(x: [64]) { dense 8 nobias -> h; dense 64 nobias }
data flat8 = digits(size=8x8) { x = centre(flat(image)) }
train linear_ae on flat8 { loss sum((x - linear_ae(x))^2) }
`,
  ensembles: `model net(image: [28, 28, 1]) { flatten; dense 128; relu; dense 10 }
members = [fresh(net), fresh(net), fresh(net)]
model committee(image: [28, 28, 1]) { mean { for m in members { branch { m; softmax } } } }
train three on digits {
  for m in members { step m { minimize cross_entropy(m(image), label) } }; metric accuracy(committee(image), label)
}
train net on digits { loss cross_entropy(net(image), label); schedule sgdr period=2; keep every restart }
`,
  optimizers: `optimizer momentum(lr, rho=0.9) { state v = 0; v = rho * v + grad; param -= lr * v }
optimizer nesterov(lr, rho=0.9) { state v = 0; v = rho * v - lr * grad(param + rho * v); param += v }
optimizer adam(lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8) {
  state m = 0, v = 0
  m = beta1 * m + (1 - beta1) * grad
  v = beta2 * v + (1 - beta2) * grad^2
  param -= lr * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)
}
schedule sgdr(t, total, period=1, growth=2, low=0) {
  k = floor(log(1 + t * (growth - 1) / period) / log(growth))
  low + (1 - low) * 0.5 * (1 + cos(pi * (t - period * (growth^k - 1) / (growth - 1)) / (period * growth^k)))
}
train lenet on digits { schedule warmup(0.5) * cosine(); optimizer sgd lr=0.1 decay=5e-4 }
`,
  classifyNames: `cell rnn_names(hidden, classes) {
  state h: [hidden]
  y = log_softmax(dense(classes)(it, h))
  h = dense(hidden)(it, h)
  y
}
model classify(name: [T] of V) { onehot; rnn_names 128 18; last }
train classify on people { loss nll(classify(name), language) }
`,
  lenet: `model lenet(image: [28, 28, 1]) {
  conv 5x5 6 p2; tanh
  avgpool 2x2
  conv 5x5 16; tanh
  avgpool 2x2
  flatten
  dense 120; tanh
  dense 84; tanh
  dense 10
}
data digits = digits()
train lenet on digits {
  loss cross_entropy(lenet(image), label)
  metric accuracy(lenet(image), label)
  optimizer sgd lr=0.1 momentum=0.9 nesterov decay=5e-4
  schedule sgdr period=2 growth=2
  batch 64
  epochs 6
}
`,
  blocksAndBranches: `block basic(width, stride=1) {
  residual(skip=if stride == 1 and depth(it) == width then identity else { conv 1x1 width stride=stride nobias; batchnorm }) {
    conv 3x3 width stride=stride p1 nobias; batchnorm; relu
    conv 3x3 width p1 nobias; batchnorm
  }
  relu
}
model resnet18(image: [224, 224, 3]) {
  conv 7x7 64 s2 p3 nobias; batchnorm; relu
  maxpool 3x3 s2 p1
  for width in [64, 128, 256, 512] {
    basic width stride=(if width == 64 then 1 else 2)
    basic width
  }
  avgpool global
  dense 1000
}
block residual(skip=identity, body) { body(it) + skip(it) }
block inception(a, b, c, d, e, f) {
  concat {
    branch { conv 1x1 a; relu }
    branch { conv 1x1 b; relu; conv 3x3 c p1; relu }
    branch { conv 1x1 d; relu; conv 5x5 e p2; relu }
    branch { maxpool 3x3 s1 p1; conv 1x1 f; relu }
  }
}
model unet(image: [H, W, 3]) {
  double 64 -> top
  maxpool 2x2; double 128 -> mid
  maxpool 2x2; double 256
  upconv 2x2 128 s2; concat(it, mid); double 128
  upconv 2x2 64 s2; concat(it, top); double 64
  conv 1x1 1
}
`,
  cells: `cell lstm(n) {
  state h: [n], c: [n]
  f = sigmoid(dense(n)(it, h))
  i = sigmoid(dense(n)(it, h))
  o = sigmoid(dense(n)(it, h))
  g = tanh(dense(n)(it, h))
  c = f * c + i * g
  h = o * tanh(c)
  h
}
model charlm(text: [T] of V) {
  embed 64
  lstm 128
  lstm 128
  dense V
}
model tagger(words: [T] of V) { embed 32; bidirectional { gru 64 }; dense 5 }
model sentiment(words: [T] of V) { embed 32; lstm 64; last; dense 2 }
`,
  bricks: `block dense(n, bias=true) {
  param weight: [depth(it), n] = he; param shift: [n] = 0; it @ weight + (if bias then shift else 0)
}
block batchnorm(momentum=0.9, eps=1e-5) {
  param gain: [depth(it)] = 1, shift: [depth(it)] = 0
  state mean: [depth(it)] = 0, variance: [depth(it)] = 1
  m, v = if training then moments(it, over=[batch, space]) else (mean, variance)
  if training { mean = momentum * mean + (1 - momentum) * m; variance = momentum * variance + (1 - momentum) * v }
  gain * (it - m) / sqrt(v + eps) + shift
}
`,
  trainings: `model G(z: [100]) {
  dense 7*7*128; reshape 7x7x128; batchnorm; relu; upconv 4x4 64 s2 p1; batchnorm; relu; upconv 4x4 1 s2 p1; sigmoid
}
model D(x: [28, 28, 1]) {
  conv 4x4 64 s2 p1; leaky_relu 0.2; conv 4x4 128 s2 p1; batchnorm; leaky_relu 0.2; flatten; dense 1; sigmoid
}
train gan(k=1) on digits {
  repeat k {
    step D { z = normal([100]); maximize mean(log(D(image))) + mean(log(1 - D(G(z)))) }
  }
  step G { z = normal([100]); maximize mean(log(D(G(z)))) }
  optimizer adam lr=2e-4 beta1=0.5
  batch 64
  epochs 10
  show images(G(normal([100])), 8x8) every epoch
}
train kohonen(rate=0.5, radius=5) on colours {
  step {
    fade = 1 - progress
    update map.weight += rate * fade * mean(near(map(x), radius * fade) * (x - map.weight), over=batch)
  }
}
optimizer sgd(lr, momentum=0, nesterov=false, decay=0) {
  state v = 0
  g = grad + decay * param
  v = momentum * v + g
  param -= lr * (if nesterov then g + momentum * v else v)
}
optimizer nesterov(lr, rho=0.9) { state v = 0; v = rho * v - lr * grad(param + rho * v); param += v }
schedule cosine(t, total, low=0) = low + (1 - low) * 0.5 * (1 + cos(pi * t / total))
`,
};
