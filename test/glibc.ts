import koffi from "koffi";

/** The C library of this process, for tests that compare with it; `undefined` where it is not glibc. */
export const glibc: ReturnType<typeof koffi.load> | undefined = loadGlibc();

/** The reason to skip a comparison with glibc, or false. */
export const withoutGlibc: string | false = glibc === undefined ? "the C library here is not glibc" : false;

function loadGlibc(): ReturnType<typeof koffi.load> | undefined {
  if (process.platform !== "linux") return undefined;
  const library = koffi.load(null);
  try {
    library.func("const char *gnu_get_libc_version(void)");
    return library;
  } catch {
    return undefined; // musl has no such function
  }
}
