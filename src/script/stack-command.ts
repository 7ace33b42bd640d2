import type { HostedStack } from "../stack/hosted-stack.ts";

/**
 * What a command of the shell means to a stack, which has none: `sysctl` of the settings that it has. Returns why it
 * cannot be done, or undefined.
 */
export function stackCommand(_stack: HostedStack, command: string): string | undefined {
  return `a stack runs no shell: ${command}`;
}
