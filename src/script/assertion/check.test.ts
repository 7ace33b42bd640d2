import assert from "node:assert/strict";
import { test } from "node:test";
import type { TcpInfo } from "../../api/options.ts";
import { checkAssertions } from "./check.ts";

const PLACE = { file: "a.pkt", line: 3 };
const info = { sndCwnd: 10, unacked: 3, options: 7, rttUs: 10_500, state: 1, sndSsthresh: 7, sndWscale: 7 } as TcpInfo;

const check = (code: string): void => checkAssertions(code, info, PLACE);

const TRUE = [
  "assert tcpi_snd_cwnd == 10",
  "assert tcpi_snd_cwnd == 10, tcpi_snd_cwnd",
  "assert tcpi_snd_cwnd != 9 and tcpi_unacked < 4",
  "assert tcpi_snd_cwnd == 1 or tcpi_unacked == 3",
  "assert not tcpi_snd_cwnd == 1",
  "assert 9 < tcpi_snd_cwnd <= 10",
  "assert (tcpi_options & TCPI_OPT_SACK) != 0",
  "assert tcpi_state == TCP_ESTABLISHED",
  "assert abs(tcpi_rtt - 10000) <= 1000",
  "assert tcpi_snd_cwnd * 2 + 1 == 21",
  "assert tcpi_snd_cwnd / 4 == 2.5 and tcpi_snd_cwnd // 4 == 2 and -tcpi_snd_cwnd // 4 == -3",
  "assert -7 % 3 == 2 and 7 % -3 == -2",
  "assert 2 ** 3 ** 2 == 512 and -2 ** 2 == -4",
  "assert 1 << 4 == 16 and 0xff >> 4 == 15 and 6 ^ 3 == 5 and ~0 == -1 and 1 | 6 == 7",
  "assert min(3, tcpi_unacked, 5) == max(1, 3)",
  "assert (1 if tcpi_unacked > 2 else 0) == 1",
  "assert True and not False",
  "assert tcpi_snd_wscale == 7; assert tcpi_unacked == 3",
  "assert tcpi_snd_cwnd == 10, 'a message'\n  # a comment\n\nassert (tcpi_unacked ==\n 3)",
  "assert 1e1 == tcpi_snd_cwnd",
];

for (const code of TRUE) test(code, () => check(code));

const FALSE: readonly (readonly [string, RegExp])[] = [
  ["assert tcpi_snd_cwnd == 11", /^a\.pkt:3: it is not so: tcpi_snd_cwnd == 11\n {4}tcpi_snd_cwnd is 10$/],
  [
    "assert tcpi_unacked == 1, tcpi_rtt",
    /not so: assert|not so: tcpi_unacked == 1, tcpi_rtt \(10500\)\n {4}tcpi_unacked is 3/,
  ],
  ["assert tcpi_snd_cwnd == 10 and tcpi_unacked == 4", /tcpi_snd_cwnd is 10\n {4}tcpi_unacked is 3$/],
  ["assert 1 < 2 < 2", /not so/],
  ["assert tcpi_snd_cwnd == 10\nassert tcpi_unacked == 4", /not so: tcpi_unacked == 4/],
  ["assert tcpi_nothing == 1", /a\.pkt:3: the name tcpi_nothing is not known here/],
  ["assert tcpi_min_rtt == 1", /the name tcpi_min_rtt is not known here/],
  ["print(tcpi_rtt)", /only assertions are understood/],
  ["assert tcpi_rtt ==", /something is missing at the end/],
  ["assert (tcpi_rtt", /expected "\)"/],
  ["assert tcpi_rtt 5", /"5" is not expected/],
  ["assert tcpi_rtt == 'a' + 1", /"a" is no number/],
  ["assert tcpi_rtt / 0", /a division by zero/],
  ["assert open(1)", /there is no function open of 1 arguments/],
  ["assert tcpi_rtt $ 1", /"\$" is not understood/],
];

for (const [code, message] of FALSE) test(`refused: ${code}`, () => assert.throws(() => check(code), { message }));
