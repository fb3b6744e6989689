import * as format from "./format";
import { OutcomeTag } from "./outcome_tag";
import type { Event } from "./types";

interface EventRowProps {
  event: Event;
  id: string;
  selected: boolean;
  open: (event: Event) => void;
}

// A row of the event stream.
export function EventRow({ event, id, selected, open }: EventRowProps) {
  return (
    <li id={id} role="option" aria-selected={selected} onClick={() => open(event)}>
      <time dateTime={event.time}>{format.clock(event.time)}</time>
      <OutcomeTag outcome={event.outcome} />
      <span class="type">{event.type || format.none}</span>
      <span class="name">{event.name}</span>
      <span class="user">{event.user}</span>
      <span class="event-destination">{event.destination}</span>
      <span class="reason" title={event.reason}>
        {event.message}
      </span>
    </li>
  );
}
