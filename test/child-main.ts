/* The main module of a test's program: `node child-main.js <module> <function> <arguments as JSON>`. */
const [module, name, args] = process.argv.slice(2) as [string, string, string];

// No await at the top: a program whose waits are all unref'd is to end by itself, with exit code 0.
void import(module).then((loaded: Record<string, (...args: unknown[]) => unknown>) => {
  const program = loaded[name];
  if (program === undefined) throw new Error(`${module} has no ${name}`);
  return program(...(JSON.parse(args) as unknown[]));
});
