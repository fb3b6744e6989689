import { useEffect, useRef, useState } from "preact/hooks";
import { monitor } from "./monitor";

// Asks for admin.token, which is kept for this tab only.
export function TokenPrompt() {
  const element = useRef<HTMLDialogElement>(null);
  const [given, setGiven] = useState("");
  const [wrong, setWrong] = useState("");
  useEffect(() => element.current?.showModal(), []);
  const submit = async (event: Event) => {
    event.preventDefault();
    setWrong(await monitor.unlock(given));
  };
  return (
    <dialog ref={element} aria-label="Token" onClose={() => element.current?.showModal()}>
      <h2>Token</h2>
      <form onSubmit={submit}>
        <label class="field">
          Value of <code>admin.token</code>
          <input
            type="password"
            autocomplete="off"
            required
            value={given}
            onInput={(event) => setGiven(event.currentTarget.value)}
          />
        </label>
        {wrong && (
          <p class="notice bad" role="alert">
            {wrong}
          </p>
        )}
        <div class="buttons">
          <button type="submit" class="primary">
            Unlock
          </button>
        </div>
      </form>
    </dialog>
  );
}
