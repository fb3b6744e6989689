import { render } from "preact";
import { useState } from "preact/hooks";
import { Backlog } from "./backlog";
import { Modal, DialogHost } from "./dialog";
import { Events } from "./events";
import { Header } from "./header";
import { useKeys, useMonitor } from "./hooks";
import { Letters } from "./letters";
import { monitor } from "./monitor";
import { Overview } from "./overview";
import { go, useRoute, views, type Route } from "./route";
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
  ["1 – 5", "the views"],
  ["/", "to the filter, or the box to type in"],
  ["p", "pauses and resumes the events"],
  ["↑ ↓", "through the list of events"],
  ["Enter", "opens an event"],
  ["Esc", "closes what is open, leaves a field"],
  ["?", "these keys"],
];

function KeysHelp({ close }: { close: () => void }) {
  return (
    <Modal title="Keys" close={close}>
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
    case "letters":
      return <Letters route={route} />;
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
  const { reach } = useMonitor();
  const [help, setHelp] = useState(false);
  const digits = views.map((view, i) => [String(i + 1), () => go(view)]);
  useKeys({ ...Object.fromEntries(digits), "?": () => setHelp(true) });
  return (
    <>
      <Header view={route.view} help={() => setHelp(true)} />
      <main data-view={route.view} class={reach === "lost" ? "stale" : ""}>
        <Shown route={route} />
      </main>
      <DialogHost />
      {help && <KeysHelp close={() => setHelp(false)} />}
      {reach === "locked" && <TokenPrompt />}
    </>
  );
}

startTheme();
monitor.start();
render(<Page />, document.getElementById("page")!);
