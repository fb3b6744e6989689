import type { components, paths } from "./admin_api";

// The types of the admin API, generated from docs/admin-api.json by `npm run types`.

type Schemas = components["schemas"];

export type Histogram = Schemas["Histogram"];
export type Pause = Schemas["OngoingPause"];
export type Destination = Schemas["Destination"];
export type OrphanedStream = Schemas["OrphanedStream"];
export type KafkaSource = Schemas["KafkaSource"];
export type Cluster = Schemas["Cluster"];
export type Status = Schemas["Status"];
export type Response = Schemas["Answer"];
export type Event = Schemas["Event"];
export type PendingEvent = Schemas["WaitingEvent"];
export type DeadLetter = Schemas["DeadLetter"];

// A preview of a request names its host too.
export type Request = Schemas["Request"] | Extract<Schemas["Transformed"], { host: string }>;

export type Path = keyof paths;
export type MethodOf<P extends Path> = {
  [M in keyof paths[P]]: paths[P][M] extends { responses: object } ? M : never;
}[keyof paths[P]];

// The JSON body of a 200.
export type Reply<P extends Path, M extends MethodOf<P>> = paths[P][M] extends {
  responses: { 200: { content: { "application/json": infer Body } } };
}
  ? Body
  : never;

// The values of the filters; the type check fails if the API has others.
export const outcomes = ["accepted", "delivered", "retried", "dead_letter", "dropped", "rejected"] as const;
export const eventTypes = ["identify", "track", "page", "screen", "group", "alias"] as const;
export const logLevels = ["trace", "debug", "info", "warn", "error"] as const;

type Same<A, B> = [A, B] extends [B, A] ? true : never;
const _outcomesAreComplete: Same<(typeof outcomes)[number], Event["outcome"]> = true;
const _logLevelsAreComplete: Same<(typeof logLevels)[number], Status["log_level"]> = true;
void [_outcomesAreComplete, _logLevelsAreComplete];
