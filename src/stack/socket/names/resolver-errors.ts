import {
  EAI_ADDRFAMILY,
  EAI_AGAIN,
  EAI_BADFLAGS,
  EAI_FAIL,
  EAI_FAMILY,
  EAI_NODATA,
  EAI_NONAME,
  EAI_OVERFLOW,
  EAI_SERVICE,
  EAI_SOCKTYPE,
} from "../../../api/constants.ts";
import { resolverError } from "../../../kernel/lookup.ts";

/** The reasons in words, as gai_strerror(3) gives them. */
const REASONS: Readonly<Record<number, string>> = {
  [EAI_BADFLAGS]: "Bad value for ai_flags",
  [EAI_NONAME]: "Name or service not known",
  [EAI_AGAIN]: "Temporary failure in name resolution",
  [EAI_FAIL]: "Non-recoverable failure in name resolution",
  [EAI_NODATA]: "No address associated with hostname",
  [EAI_FAMILY]: "ai_family not supported",
  [EAI_SOCKTYPE]: "ai_socktype not supported",
  [EAI_SERVICE]: "Servname not supported for ai_socktype",
  [EAI_ADDRFAMILY]: "Address family for hostname not supported",
  [EAI_OVERFLOW]: "Argument buffer overflow",
};

export function nameError(syscall: string, error: number, hostname: string): Error {
  return resolverError(syscall, error, hostname, REASONS[error] ?? `Unknown error ${error}`);
}
