/** One TCP stream on a flow. */
import { host, type Flow } from "dialtone";
import { chunkAt, isRight, sends } from "./bulk-pattern.ts";
import { listenAndSay } from "./listen.ts";

function fill(flow: Flow, from: number): number {
  let place = from;
  for (let room = true; room;) {
    const chunk = chunkAt(place);
    room = flow.write(chunk, true);
    place += chunk.length;
  }
  return place;
}

host.acceptFlow(listenAndSay(), {
  connection(fd) {
    let place = 0;
    const flow = host.flow(fd, {
      data(chunk, flow) {
        if (!isRight(chunk, chunk.length, place)) flow.reset();
        place += chunk.length;
      },
      drain(flow) {
        place = fill(flow, place);
      },
    });
    if (sends) place = fill(flow, place);
  },
});
