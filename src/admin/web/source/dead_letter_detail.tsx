import * as format from "./format";
import { confirmForLetters } from "./dead_letter_actions";
import { nameOf } from "./dead_letters_api";
import { useOperates } from "./hooks";
import { EventPane, Panes, RequestPane, ResponsePane } from "./panes";
import { userOf } from "./person";
import { link } from "./route";
import type { DeadLetter } from "./types";

interface Props {
  letter: DeadLetter;
  close: () => void;
  changed: () => void;
}

export function DeadLetterDetail({ letter, close, changed }: Props) {
  const user = userOf(letter.event);
  return (
    <section class="detail" aria-label={`Dead letter ${nameOf(letter)}`}>
      <header>
        <h2>{nameOf(letter)}</h2>
        <p class="muted">
          {user !== format.none && <a href={link("events", { user })}>{user}</a>} from {letter.source || "an unknown source"}, received{" "}
          {format.moment(letter.received_at)}, dead-lettered {format.moment(letter.dead_lettered_at)} after{" "}
          {format.counted(letter.attempts, "attempt")}
        </p>
        {useOperates() && (
          <>
            <button type="button" onClick={() => confirmForLetters("replay", [letter], changed)}>
              Replay…
            </button>
            <button type="button" class="danger" onClick={() => confirmForLetters("purge", [letter], changed)}>
              Purge…
            </button>
          </>
        )}
        <button type="button" class="quiet" onClick={close} aria-keyshortcuts="Escape">
          Close
        </button>
      </header>
      <p class="notice bad">
        {letter.message} <small>{letter.reason}</small>
      </p>
      <Panes>
        <EventPane event={letter.event} />
        <RequestPane request={letter.request} none="It could not be mapped to a request." />
        <ResponsePane response={letter.response} />
      </Panes>
    </section>
  );
}
