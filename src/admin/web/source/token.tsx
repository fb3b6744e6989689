import { useEffect, useRef, useState } from "preact/hooks";
import { setToken } from "./api";
import { monitor } from "./monitor";

// Asks for admin.token. It is kept for this tab alone.
export function TokenPrompt() {
  const element = useRef<HTMLDialogElement>(null);
  const [given, setGiven] = useState("");
  const [tried, setTried] = useState(false);
  useEffect(() => element.current?.showModal(), []);
  const submit = async (event: Event) => {
    event.preventDefault();
    setToken(given);
    await monitor.look();
    setTried(true);
  };
  return (
    <dialog ref={element} aria-label="Token" onClose={() => element.current?.showModal()}>
      <h2>Token</h2>
      <form onSubmit={submit}>
        <label class="field">
          What <code>admin.token</code> is set to
          <input
            type="password"
            autocomplete="off"
            required
            value={given}
            onInput={(event) => setGiven(event.currentTarget.value)}
          />
        </label>
        {tried && (
          <p class="notice bad" role="alert">
            That is not the token.
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
