// Colours that all pages share, light and dark as the system has it: of paper, of writing and of writing that stands back, of lines,
// of boxes and of drawings.

export const PALETTE = `:root { color-scheme: light dark; --paper: #fff; --ink: #1f2328; --dim: #59636e; --line: #d1d9e0; --soft: #f6f8fa; --accent: #2563eb }
@media (prefers-color-scheme: dark) { :root { --paper: #0d1117; --ink: #e6edf3; --dim: #9198a1; --line: #3d444d; --soft: #151b23; --accent: #6ea8fe } }`;
