import { ask, type Work } from "./dialog";
import * as format from "./format";
import { actOnAll, actOnLetters, countAll, type Found, type LetterFilter, type Outcome, type Verb } from "./letters_api";
import { monitor } from "./monitor";
import type { Letter } from "./types";

// Replays and purges, each behind a question that says how many.

const words = {
  replay: { action: "Replay", done: "replayed", means: "They are mapped again and sent after the pending events of the same person." },
  purge: { action: "Purge", done: "purged", means: "They are permanently deleted." },
};

function Result({ verb, outcome }: { verb: Verb; outcome: Outcome }) {
  return (
    <>
      <p>
        {format.counted(outcome.done, "dead letter")} {words[verb].done}
        {outcome.stopped && ", then stopped"}.
      </p>
      {outcome.kept.length > 0 && (
        <>
          <p>{format.count(outcome.kept.length)} still cannot be mapped and stay:</p>
          <ul class="kept">
            {outcome.kept.slice(0, 20).map(({ letter, message }) => (
              <li key={letter}>
                {letter}: {message}
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

interface Plan {
  verb: Verb;
  count: number;
  changed: () => void;
  act: (progress: (done: number) => void, signal: AbortSignal) => Promise<Outcome>;
}

function confirm({ verb, count, changed, act }: Plan): void {
  const { action, done, means } = words[verb];
  const many = format.counted(count, "dead letter");
  ask({
    title: `${action} ${many}?`,
    text: count === 1 ? means.replace("They are", "It is") : means,
    action: `${action} ${many}`,
    danger: verb === "purge",
    run: async ({ progress, signal }: Work) => {
      const tell = (n: number) => progress(`${format.count(n)} of ${format.count(count)} ${done}`, n / count);
      tell(0);
      try {
        return <Result verb={verb} outcome={await act(tell, signal)} />;
      } finally {
        changed();
        monitor.look();
      }
    },
  });
}

export function askAboutLetters(verb: Verb, letters: Letter[], changed: () => void): void {
  confirm({
    verb,
    count: letters.length,
    changed,
    act: (progress, signal) => actOnLetters(verb, letters, progress, signal),
  });
}

export function askAboutAll(verb: Verb, filter: LetterFilter, found: Found, changed: () => void): void {
  const go = (count: number) =>
    confirm({
      verb,
      count,
      changed,
      act: (progress, signal) => actOnAll(verb, filter, found.until, progress, signal),
    });
  if (!found.next) return go(found.letters.length);
  ask({
    title: `How many are there?`,
    text: "They are counted first. Nothing is changed yet.",
    action: "Count them",
    run: async ({ progress, signal }) => {
      const n = await countAll(filter, found, (so) => progress(`${format.count(so)} so far`), signal);
      setTimeout(() => go(n));
    },
  });
}
