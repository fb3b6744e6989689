import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { colour, themeChanged } from "./theme";

export interface Line {
  label: string;
  colour: string; // a name of the style sheet
  values: (number | null)[];
  dash?: boolean;
  wide?: boolean; // so that it is visible below another line
}

interface Props {
  title: string;
  time: number[]; // seconds
  lines: Line[];
  format: (value: number | null | undefined) => string;
  whole?: boolean; // values are integers
}

const height = 132;
const wholeSteps = Array.from({ length: 10 }, (_, i) => [1, 2, 5].map((n) => n * 10 ** i)).flat();
const font = "11px system-ui, sans-serif";

// At least 30 seconds.
function xRange(_plot: uPlot, from: number, to: number): [number, number] {
  return [Math.min(from, to - 30), to];
}

function yRange(_plot: uPlot, _from: number, to: number): [number, number] {
  return [0, to > 0 ? to * 1.15 : 1];
}

function options({ lines, format, whole }: Props, width: number, select: (index: number | null) => void): uPlot.Options {
  const ink = () => colour("muted");
  const rule = { stroke: () => colour("rule"), width: 1 };
  return {
    width,
    height,
    padding: [6, 22, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, sync: { key: "time" }, points: { size: 6 } },
    hooks: { setCursor: [(plot) => select(plot.cursor.idx ?? null)] },
    scales: { x: { range: xRange }, y: { range: yRange } },
    axes: [
      { stroke: ink, font, grid: { show: false }, ticks: { show: false }, size: 22, space: 70, values: clockLabels },
      {
        stroke: ink, font, grid: rule, ticks: { show: false }, size: 52, space: 26, gap: 4,
        incrs: whole ? wholeSteps : undefined,
        values: (_plot, splits) => splits.map((value) => format(value)),
      },
    ],
    series: [
      {},
      ...lines.map((line) => ({
        label: line.label,
        stroke: () => colour(line.colour),
        width: line.wide ? 3 : 1.5,
        dash: line.dash ? [4, 3] : undefined,
        points: { show: false },
      })),
    ],
  };
}

function clockLabels(_plot: uPlot, splits: number[]): string[] {
  return splits.map((each) => new Date(each * 1000).toTimeString().slice(0, each % 60 === 0 ? 5 : 8));
}

export function Chart(props: Props) {
  const container = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [index, setIndex] = useState<number | null>(null);
  const data = [props.time, ...props.lines.map((line) => line.values)] as uPlot.AlignedData;

  useEffect(() => {
    const element = container.current!;
    const created = new uPlot(options(props, element.clientWidth, setIndex), data, element);
    plot.current = created;
    const observer = new ResizeObserver(() => created.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    const repaint = () => created.redraw(false, true);
    themeChanged.addEventListener("change", repaint);
    return () => {
      themeChanged.removeEventListener("change", repaint);
      observer.disconnect();
      created.destroy();
    };
  }, []);
  useEffect(() => plot.current?.setData(data));

  const at = index ?? props.time.length - 1;
  const values = props.lines.map((line) => `${line.label} ${props.format(line.values[at])}`);
  return (
    <figure class="chart">
      <figcaption>
        <span class="title">{props.title}</span>
        {props.lines.map((line) => (
          <span class="key" key={line.label}>
            <i class={line.dash ? "dash" : ""} style={{ color: `var(--${line.colour})` }} />
            {line.label} <b>{props.format(line.values[at])}</b>
          </span>
        ))}
      </figcaption>
      <div ref={container} role="img" aria-label={`${props.title} over the last minutes; now ${values.join(", ")}`} />
    </figure>
  );
}
