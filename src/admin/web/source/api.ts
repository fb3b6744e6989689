import { parse } from "./exact_json";
import type { MethodOf, Path, Reply } from "./types";

// Requests to the admin API. Addresses are relative, so that the page also works below a path of a reverse proxy.

export class ApiError extends Error {
  constructor(
    readonly status: number, // 0: no response
    message: string,
    readonly problems: string[] = [],
  ) {
    super(message);
  }
}

export type Query = Record<string, string | string[] | undefined>;

interface Options {
  place?: Record<string, string>; // the values of {names} in the path
  query?: Query;
  body?: string;
}

const tokenKey = "pintle-token";
const timeout = 10_000; // ms

export function setToken(token: string): void {
  if (token) sessionStorage.setItem(tokenKey, token);
  else sessionStorage.removeItem(tokenKey);
}

export function hasToken(): boolean {
  return sessionStorage.getItem(tokenKey) !== null;
}

// Leaves out empty parameters.
export function address(path: Path, { place = {}, query = {} }: Options = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const each of [value].flat()) if (each) parameters.append(name, each);
  }
  const filled = path.slice(1).replace(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(place[name]));
  return parameters.size > 0 ? `${filled}?${parameters}` : filled;
}

async function errorOf(response: Response): Promise<ApiError> {
  const text = await response.text().catch(() => "");
  try {
    const { error, problems } = JSON.parse(text);
    return new ApiError(response.status, String(error ?? text), problems);
  } catch {
    return new ApiError(response.status, text.trim() || `status ${response.status}`);
  }
}

// The response if its status is 2xx. Throws ApiError, or AbortError if `signal` is aborted.
export async function request(path: string, options: RequestInit = {}): Promise<Response> {
  const headers = new Headers(options.headers);
  const token = sessionStorage.getItem(tokenKey);
  if (token) headers.set("Authorization", `Bearer ${token}`);
  let response: Response;
  try {
    response = await fetch(path, { ...options, headers, cache: "no-store", credentials: "same-origin" });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError(0, "pintle is unreachable");
  }
  if (!response.ok) throw await errorOf(response);
  return response;
}

async function requestText(method: string, path: Path, options: Options): Promise<string> {
  const signal = AbortSignal.timeout(timeout);
  try {
    const response = await request(address(path, options), { method: method.toUpperCase(), body: options.body, signal });
    return await response.text();
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw new ApiError(0, signal.aborted ? "pintle does not respond" : String(error));
  }
}

export async function call<P extends Path, M extends MethodOf<P>>(
  method: M & string, path: P, options: Options = {},
): Promise<Reply<P, M>> {
  return JSON.parse(await requestText(method, path, options)) as Reply<P, M>;
}

// For responses that contain events: their numbers stay as they were written.
export async function callExact<P extends Path, M extends MethodOf<P>>(
  method: M & string, path: P, options: Options = {},
): Promise<Reply<P, M>> {
  return parse<Reply<P, M>>(await requestText(method, path, options));
}

export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
