import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../base/errors.ts';
import type { Reach } from '../../contract/index.ts';
import { quote } from './quote.ts';
import type { ShellResult } from './shell.ts';

/*
 * Who reaches whom, measured. Every place runs the same small Perl program: first all of them open a UDP socket, then all send
 * datagrams to all others, count what arrives from whom, and answer it. So each way is measured by itself, also where only one is cut.
 */

/** Somewhere packets come from and go to. */
export interface Place {
  readonly name: string;
  /** A shell there; it may start a program that stays for a while. */
  run(script: string, timeoutMs?: number): Promise<ShellResult>;
  /** The address that it sends from; `0.0.0.0`: whichever the kernel takes. */
  readonly bind: string;
  /** The address at which `from` reaches it; undefined: none is known. */
  addressFor(from: string): string | undefined;
}

export interface Measured {
  /** Of every two places that took part. */
  readonly reach: readonly Reach[];
  /** Places that could not take part, and why. */
  readonly failures: Readonly<Record<string, string>>;
}

export interface Measure {
  /** Datagrams from each to each. Default 40. */
  readonly count?: number;
  /** How long after the last one an answer may come. Default 500 ms. */
  readonly waitMs?: number;
}

/** Between two datagrams to the same place. */
const INTERVAL_MS = 15;

/** Measures all ways between all places, at once: about a second with the defaults. Nothing of it stays on the machines. */
export async function measureReach(places: readonly Place[], measure: Measure = {}): Promise<Measured> {
  const { count = 40, waitMs = 500 } = measure;
  const token = randomUUID();
  const failures: Record<string, string> = {};

  /** What a script printed there; undefined, with the reason in `failures`, where it failed. */
  async function ask(place: Place, script: string): Promise<string | undefined> {
    try {
      const { exitCode, stdout, stderr } = await place.run(script, count * INTERVAL_MS + 20_000);
      if (exitCode === 0) return stdout;
      failures[place.name] = stderr.trim() || `exit code ${exitCode}`;
    } catch (error) {
      failures[place.name] = messageOf(error);
    }
    return undefined;
  }

  const all = await Promise.all(
    places.map(async (place, index) => ({
      place,
      index,
      port: Number(await ask(place, openScript([place.bind, token, index, count, INTERVAL_MS / 1000]))),
    })),
  );
  // All of them listen: what is sent from now on is not lost on one that is late.
  const open = all.filter(({ port }) => port > 0);
  await Promise.all(
    open.map(async ({ place, index }) => {
      const others = open.flatMap((other) => {
        const address = other.index === index ? undefined : other.place.addressFor(place.name);
        return address === undefined ? [] : [`${other.index} ${address} ${other.port}`];
      });
      await ask(place, sendScript(others, (count * INTERVAL_MS) / 1000));
    }),
  );
  // All have sent; what is still on its way is waited for.
  await delay(waitMs);
  const counted = await Promise.all(
    open.map(async ({ place, index }) => ({ place, index, said: await ask(place, COUNT_SCRIPT) })),
  );
  const done = counted.filter(({ said }) => said !== undefined);
  const reach = done.flatMap((from) =>
    done
      .filter((to) => to !== from && to.place.addressFor(from.place.name) !== undefined)
      .map((to): Reach => {
        const arrived = Number(lineOf(to.said, `arrived ${from.index}`) ?? 0);
        const roundTrip = lineOf(from.said, `trip ${to.index}`);
        return {
          from: from.place.name,
          to: to.place.name,
          arrivedPercent: (100 * arrived) / count,
          ...(roundTrip !== undefined && { roundTripMs: Number(roundTrip) }),
        };
      }),
  );
  return { reach, failures };
}

/** What stands behind these words on their line. */
function lineOf(text: string | undefined, words: string): string | undefined {
  return text
    ?.split('\n')
    .find((line) => line.startsWith(`${words} `))
    ?.slice(words.length + 1);
}

/** Starts the program and prints its port. It goes on by itself, and ends by itself. */
function openScript(args: readonly (string | number)[]): string {
  return `\
command -v perl >/dev/null || { echo 'perl: not found' >&2; false; } &&
reach=$(mktemp -d) && {
  perl -e ${quote(PROGRAM)} "$reach" ${args.map((arg) => quote(String(arg))).join(' ')} >"$reach/out" 2>"$reach/err" &
  reach_pid=$!
  while [ ! -s "$reach/port" ] && kill -0 "$reach_pid" 2>/dev/null; do sleep 0.03; done
  cat "$reach/port" 2>/dev/null || { cat "$reach/err" >&2; rm -rf "$reach"; false; }
}`;
}

/** Lets it send to the others, and waits until it has. */
function sendScript(others: readonly string[], seconds: number): string {
  return `\
printf '%s\\n' ${others.map(quote).join(' ')} >"$reach/others" && mv "$reach/others" "$reach/go" &&
sleep ${seconds} &&
while [ ! -e "$reach/sent" ] && kill -0 "$reach_pid" 2>/dev/null; do sleep 0.03; done`;
}

/** Ends it and prints what it has counted. */
const COUNT_SCRIPT = `\
: >"$reach/stop"
if wait "$reach_pid"; then cat "$reach/out"; else cat "$reach/err" >&2; false; fi
set -- $?
rm -rf "$reach"
[ "$1" = 0 ]`;

/**
 * Arguments: its directory, the address to bind, a word that only this measurement knows, its own number, how many datagrams to
 * each other, and seconds between them. Waits for the file `go`, a line for each of the others: number, address, port; makes
 * `sent` when it has sent all, and goes on counting until there is `stop`. Prints `arrived NUMBER COUNT`, and `trip NUMBER MS` for the median time of an answer.
 * Needs no more than Debian's perl-base, without whose Time::HiRes times are coarse.
 */
const PROGRAM = `
use strict;
use Socket;
my ($dir, $bind, $token, $self, $count, $interval) = @ARGV;
# Nobody has come for the result.
$SIG{ALRM} = sub { unlink glob "\\Q$dir\\E/*"; rmdir $dir; exit 1 };
alarm 60 + 2 * $count * $interval;
my $fine = eval { require Time::HiRes; 1 };
sub now {
  return Time::HiRes::clock_gettime(Time::HiRes::CLOCK_MONOTONIC()) if $fine;
  open my $uptime, '<', '/proc/uptime' or return time;
  return (split ' ', <$uptime>)[0];
}
socket my $socket, PF_INET, SOCK_DGRAM, 0 or die "socket: $!\\n";
# What comes while somebody else has the processor is not lost; the kernel gives as much of it as it allows.
setsockopt $socket, SOL_SOCKET, SO_RCVBUF, 4_000_000;
bind $socket, sockaddr_in(0, inet_aton($bind)) or die "cannot bind $bind: $!\\n";
my ($port) = sockaddr_in(getsockname $socket);
open my $told, '>', "$dir/port.new" or die "$dir: $!\\n";
print $told "$port\\n";
close $told or die "$dir: $!\\n";
rename "$dir/port.new", "$dir/port";
my (%others, %arrived, %trips, $begin);
my $round = 0;
until (-e "$dir/stop") {
  if (!defined $begin && open my $go, '<', "$dir/go") {
    while (<$go>) {
      my ($number, $address, $at) = split;
      $others{$number} = sockaddr_in($at, inet_aton($address)) if defined $at;
    }
    $begin = now();
  }
  while (defined $begin && $round < $count && now() >= $begin + $round * $interval) {
    $round++;
    send $socket, "$token probe $self " . now(), 0, $_ for values %others;
    if ($round == $count) { open my $sent, '>', "$dir/sent" or die "$dir: $!\\n" }
  }
  vec(my $readable = '', fileno $socket, 1) = 1;
  next unless select $readable, undef, undef, defined $begin && $round < $count ? 0.003 : 0.02;
  while (defined(my $from = recv $socket, my $text, 512, MSG_DONTWAIT)) {
    my ($word, $kind, $number, $time) = split ' ', $text;
    next unless defined $time && $word eq $token;
    if ($kind eq 'probe') {
      $arrived{$number}++;
      send $socket, "$token answer $self $time", 0, $from;
    } else {
      push @{$trips{$number}}, (now() - $time) * 1000;
    }
  }
}
print "arrived $_ $arrived{$_}\\n" for keys %arrived;
for (keys %trips) {
  my @sorted = sort { $a <=> $b } @{$trips{$_}};
  printf "trip %d %.3f\\n", $_, $sorted[$#sorted / 2];
}
`;
