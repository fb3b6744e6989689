import { parse } from "./exact_json";

// Asks the admin API. Addresses are relative, so that the page also works below a path of a reverse proxy.

export class ApiError extends Error {
  constructor(
    readonly status: number, // 0: no answer
    message: string,
    readonly problems: string[] = [],
  ) {
    super(message);
  }
}

export type Query = Record<string, string | string[] | undefined>;

const tokenKey = "pintle-token";
const patience = 10_000; // ms until an answer that does not come is none

export function setToken(token: string): void {
  if (token) sessionStorage.setItem(tokenKey, token);
  else sessionStorage.removeItem(tokenKey);
}

export function hasToken(): boolean {
  return sessionStorage.getItem(tokenKey) !== null;
}

// Parameters that are empty are left out.
export function address(path: string, query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const each of [value].flat()) if (each) parameters.append(name, each);
  }
  return parameters.size > 0 ? `${path}?${parameters}` : path;
}

async function explain(response: Response): Promise<ApiError> {
  const text = await response.text().catch(() => "");
  try {
    const { error, problems } = JSON.parse(text);
    return new ApiError(response.status, String(error ?? text), problems);
  } catch {
    return new ApiError(response.status, text.trim() || `status ${response.status}`);
  }
}

// The answer, if it is a good one. Throws ApiError, and AbortError where `signal` said so.
export async function request(path: string, options: RequestInit = {}): Promise<Response> {
  const headers = new Headers(options.headers);
  const token = sessionStorage.getItem(tokenKey);
  if (token) headers.set("Authorization", `Bearer ${token}`);
  let response: Response;
  try {
    response = await fetch(path, { ...options, headers, cache: "no-store", credentials: "same-origin" });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError(0, "pintle is not reached");
  }
  if (!response.ok) throw await explain(response);
  return response;
}

async function ask(method: string, path: string, query: Query, body?: string): Promise<string> {
  const signal = AbortSignal.timeout(patience);
  try {
    const response = await request(address(path, query), { method, body, signal });
    return await response.text();
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw new ApiError(0, signal.aborted ? "pintle does not answer" : String(error));
  }
}

type Method = "GET" | "POST" | "PUT" | "DELETE";

export async function call<T>(method: Method, path: string, query: Query = {}): Promise<T> {
  return JSON.parse(await ask(method, path, query)) as T;
}

// For answers that hold events: their numbers stay as they were written.
export async function callExact<T>(method: Method, path: string, query: Query = {}, body?: string): Promise<T> {
  return parse<T>(await ask(method, path, query, body));
}

export function told(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
