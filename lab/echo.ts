import { AF_INET, type Kernel, SOCK_STREAM } from "dialtone";

/* The textbook's echo: neither program knows what network it is on. */

const PORT = 7;

/** Answers one client, then ends. `listening` is called when it can be dialled. */
export async function echoServer(kernel: Kernel, listening: () => void): Promise<void> {
  const listener = kernel.socket(AF_INET, SOCK_STREAM);
  kernel.bind(listener, { family: AF_INET, address: "0.0.0.0", port: PORT });
  kernel.listen(listener, 5);
  listening();
  const { fd } = await kernel.accept(listener);
  const buffer = new Uint8Array(1024);
  let bytes = await kernel.recv(fd, buffer);
  while (bytes > 0) {
    await kernel.send(fd, buffer.subarray(0, bytes));
    bytes = await kernel.recv(fd, buffer);
  }
  kernel.close(fd);
  kernel.close(listener);
}

/** Says a word to the server of that name; what came back. */
export async function echoClient(kernel: Kernel, server: string, word: string): Promise<string> {
  const said = new TextEncoder().encode(word);
  const [found] = await kernel.getaddrinfo(server, PORT, { family: AF_INET, type: SOCK_STREAM });
  if (found === undefined) return "";
  const fd = kernel.socket(found.family, found.type);
  await kernel.connect(fd, found.address);
  await kernel.send(fd, said);
  const heard = new Uint8Array(said.length);
  let bytes = 0;
  while (bytes < heard.length) {
    const more = await kernel.recv(fd, heard.subarray(bytes));
    if (more === 0) break;
    bytes += more;
  }
  kernel.close(fd);
  return new TextDecoder().decode(heard.subarray(0, bytes));
}
