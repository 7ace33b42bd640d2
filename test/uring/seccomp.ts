import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compiler } from "../layout/c-facts.ts";

/** Refuses the system calls FIRST to LAST with EPERM, as containers' profiles do, then runs the command. */
const SOURCE = `
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <errno.h>
#include <unistd.h>

int main(int argc, char **argv) {
  struct sock_filter program[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, atoi(argv[1]), 0, 2),
    BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, atoi(argv[2]), 1, 0),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog filter = { sizeof(program) / sizeof(*program), program };
  if (argc < 4 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return 99;
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) return 98;
  execvp(argv[3], argv + 3);
  return 97;
}
`;

/** A compiled program that denies system calls to the command after it; to be removed. */
export interface Denier {
  readonly path: string;
  remove(): void;
}

/** Undefined where there is no C compiler. */
export function denier(): Denier | undefined {
  if (compiler === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "dialtone-seccomp-"));
  writeFileSync(join(folder, "deny.c"), SOURCE);
  execFileSync(compiler, ["-o", join(folder, "deny"), join(folder, "deny.c")], { stdio: "pipe" });
  return { path: join(folder, "deny"), remove: () => rmSync(folder, { recursive: true }) };
}
