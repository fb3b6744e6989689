import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { errorText } from "./api";
import { useRedraw } from "./hooks";

// Every change is confirmed first. Work that takes time shows its progress and can be stopped.

export interface Work {
  input: string;
  progress: (text: string, part?: number) => void; // part: 0 to 1
  signal: AbortSignal;
}

export interface Question {
  title: string;
  text: ComponentChildren;
  action: string; // the label of the button
  danger?: boolean;
  input?: { label: string; value: string };
  run: (work: Work) => Promise<ComponentChildren | void>; // its result is shown; without one the dialog closes
}

let current: Question | null = null;
let changed = () => {};

export function ask(question: Question): void {
  current = question;
  changed();
}

export function DialogHost() {
  changed = useRedraw();
  const close = () => ((current = null), changed());
  return current && <QuestionDialog key={current.title} question={current} close={close} />;
}

// A modal <dialog>: the browser keeps the focus inside it and closes it on Esc.
export function Modal({ title, close, children }: { title: string; close: () => void; children: ComponentChildren }) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    element.current?.showModal();
    return () => before?.focus?.();
  }, []);
  return (
    <dialog ref={element} aria-label={title} onClose={close}>
      <h2>{title}</h2>
      {children}
    </dialog>
  );
}

type State =
  | { step: "asking" }
  | { step: "working"; text: string; part?: number }
  | { step: "done"; result: ComponentChildren; bad?: boolean };

function QuestionDialog({ question, close }: { question: Question; close: () => void }) {
  const [state, setState] = useState<State>({ step: "asking" });
  const [input, setInput] = useState(question.input?.value ?? "");
  const stop = useRef(new AbortController());
  useEffect(() => () => stop.current.abort(), []);

  const start = async (event: Event) => {
    event.preventDefault();
    setState({ step: "working", text: "In progress" });
    const progress = (text: string, part?: number) => setState({ step: "working", text, part });
    try {
      const result = await question.run({ input, progress, signal: stop.current.signal });
      if (result === undefined) close();
      else setState({ step: "done", result });
    } catch (error) {
      setState({ step: "done", result: errorText(error), bad: true });
    }
  };

  return (
    <Modal title={question.title} close={close}>
      {state.step === "asking" && (
        <form onSubmit={start}>
          <div class="text">{question.text}</div>
          {question.input && (
            <label class="field">
              {question.input.label}
              <input value={input} onInput={(event) => setInput(event.currentTarget.value)} />
            </label>
          )}
          <div class="buttons">
            <button type="button" onClick={close}>
              Cancel
            </button>
            <button type="submit" class={question.danger ? "danger" : "primary"}>
              {question.action}
            </button>
          </div>
        </form>
      )}
      {state.step === "working" && (
        <>
          <p role="status">{state.text}</p>
          <progress value={state.part} aria-label={state.text} />
          <div class="buttons">
            <button type="button" onClick={() => stop.current.abort()}>
              Stop
            </button>
          </div>
        </>
      )}
      {state.step === "done" && (
        <>
          <div class={state.bad ? "text bad" : "text"} role="status">
            {state.result}
          </div>
          <div class="buttons">
            <button type="button" class="primary" onClick={close} ref={(button) => button?.focus()}>
              Close
            </button>
          </div>
        </>
      )}
    </Modal>
  );
}
