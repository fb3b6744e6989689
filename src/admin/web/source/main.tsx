import { render } from "preact";
import { useState } from "preact/hooks";
import { Backlog } from "./backlog";
import { DeadLetters } from "./dead_letters";
import { DialogHost, Modal } from "./dialog";
import { Events } from "./events";
import { Header } from "./header";
import { useKeys, useMonitor } from "./hooks";
import { monitor } from "./monitor";
import { Overview } from "./overview";
import { navigate, useRoute, views, type Route } from "./route";
import { Settings } from "./settings";
import { startTheme } from "./theme";
import { TokenPrompt } from "./token";
import { TryOut } from "./try_out";
import "uplot/dist/uPlot.min.css";
import "./style/base.css";
import "./style/parts.css";
import "./style/overview.css";
import "./style/lists.css";
import "./style/detail.css";
import "./style/forms.css";

const keys: [string, string][] = [
  ["1 – 5", "switch the view"],
  ["/", "focus the filter or the input"],
  ["p", "pause or resume the events"],
  ["↑ ↓", "move in the list of events"],
  ["Enter", "open an event"],
  ["Esc", "close the detail, leave a field"],
  ["?", "show these shortcuts"],
];

function KeysHelp({ close }: { close: () => void }) {
  return (
    <Modal title="Keyboard shortcuts" close={close}>
      <dl class="keys">
        {keys.map(([key, does]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog" class="buttons">
        <button class="primary">Close</button>
      </form>
    </Modal>
  );
}

function Shown({ route }: { route: Route }) {
  switch (route.view) {
    case "events":
      return <Events route={route} />;
    case "backlog":
      return <Backlog route={route} />;
    case "dead-letters":
      return <DeadLetters route={route} />;
    case "try":
      return <TryOut />;
    case "settings":
      return <Settings />;
    default:
      return <Overview />;
  }
}

function Page() {
  const route = useRoute();
  const { connection } = useMonitor();
  const [help, setHelp] = useState(false);
  const digits = views.map((view, i) => [String(i + 1), () => navigate(view)]);
  useKeys({ ...Object.fromEntries(digits), "?": () => setHelp(true) });
  return (
    <>
      <Header view={route.view} help={() => setHelp(true)} />
      <main data-view={route.view} class={connection === "lost" ? "stale" : ""}>
        <Shown route={route} />
      </main>
      <DialogHost />
      {help && <KeysHelp close={() => setHelp(false)} />}
      {connection === "locked" && <TokenPrompt />}
    </>
  );
}

startTheme();
monitor.start();
render(<Page />, document.getElementById("page")!);
