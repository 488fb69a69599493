/**
 * Patterns for topics: `*` is any characters (slashes too), `?` is one, `{a,b}` is either; a backslash takes the next
 * character as it is.
 */
import type * as Cause from "effect/Cause";
import * as Data from "effect/Data";

/** Fields of {@linkcode TopicGlobError}. */
export interface TopicGlobErrorFields {
  /** The pattern as it was written. */
  readonly pattern: string;
  /** What is wrong with it. */
  readonly detail: string;
}

const TopicGlobErrorBase: new (fields: TopicGlobErrorFields) =>
  & Cause.YieldableError
  & { readonly _tag: "TopicGlobError" }
  & Readonly<TopicGlobErrorFields> = Data.TaggedError("TopicGlobError");

/** A pattern that cannot be read. */
export class TopicGlobError extends TopicGlobErrorBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return `topic pattern "${this.pattern}": ${this.detail}`;
  }
}

/** Says whether a topic matches. */
export type TopicMatcher = (topic: string) => boolean;

/**
 * One step of a compiled pattern. A step takes a character (`one` that very one, `any` whichever, `star` whichever and
 * stays where it is) or leads on without taking any (`fork`).
 */
type Step =
  | { readonly kind: "one"; readonly character: string }
  | { readonly kind: "any" }
  | { readonly kind: "star" }
  | { readonly kind: "fork"; readonly targets: Array<number> };

/**
 * Makes a matcher of a pattern. All the ways through the pattern are followed side by side, so the time grows with the
 * lengths of pattern and topic multiplied, whatever the pattern.
 *
 * @throws {TopicGlobError} when a brace is not closed or a backslash is the last character.
 */
export function topicGlob(pattern: string): TopicMatcher {
  const steps = compile(pattern);
  return (topic) => matches(steps, topic);
}

/**
 * A matcher for any of several patterns; for none at all it answers `otherwise`.
 *
 * @throws {TopicGlobError} as {@linkcode topicGlob}.
 */
export function anyTopicGlob(patterns: ReadonlyArray<string>, otherwise: boolean): TopicMatcher {
  if (patterns.length === 0) return () => otherwise;
  const matchers = patterns.map(topicGlob);
  return (topic) => matchers.some((matcher) => matcher(topic));
}

interface OpenBrace {
  /** The step that leads to each alternative. */
  readonly fork: { readonly kind: "fork"; readonly targets: Array<number> };
  /** The steps that lead from the end of an alternative to what comes after the brace. */
  readonly ends: Array<Array<number>>;
}

function compile(pattern: string): ReadonlyArray<Step> {
  const steps: Array<Step> = [];
  const open: Array<OpenBrace> = [];
  const characters = [...pattern];
  for (let index = 0; index < characters.length; index += 1) {
    const character = characters[index]!;
    const brace = open.at(-1);
    if (character === "\\") {
      index += 1;
      const escaped = characters[index];
      if (escaped === undefined) throw new TopicGlobError({ pattern, detail: "nothing follows the last backslash" });
      steps.push({ kind: "one", character: escaped });
    } else if (character === "*") steps.push({ kind: "star" });
    else if (character === "?") steps.push({ kind: "any" });
    else if (character === "{") open.push(openBrace(steps));
    else if (character === "," && brace !== undefined) nextAlternative(steps, brace);
    else if (character === "}" && brace !== undefined) {
      for (const targets of brace.ends) targets.push(steps.length);
      open.pop();
    } else steps.push({ kind: "one", character });
  }
  if (open.length > 0) throw new TopicGlobError({ pattern, detail: 'a "{" is not closed by a "}"' });
  return steps;
}

function openBrace(steps: Array<Step>): OpenBrace {
  const fork = { kind: "fork" as const, targets: [steps.length + 1] };
  steps.push(fork);
  return { fork, ends: [] };
}

function nextAlternative(steps: Array<Step>, brace: OpenBrace): void {
  const end = { kind: "fork" as const, targets: [] };
  steps.push(end);
  brace.ends.push(end.targets);
  brace.fork.targets.push(steps.length);
}

function matches(steps: ReadonlyArray<Step>, topic: string): boolean {
  let active = reach(steps, [0]);
  for (const character of topic) {
    const next: Array<number> = [];
    for (const position of active) {
      const step = steps[position];
      if (step === undefined) continue;
      if (step.kind === "star") next.push(position);
      else if (step.kind === "any" || (step.kind === "one" && step.character === character)) next.push(position + 1);
    }
    if (next.length === 0) return false;
    active = reach(steps, next);
  }
  return active.has(steps.length);
}

/** The given positions and all that can be come to from them without taking a character. */
function reach(steps: ReadonlyArray<Step>, positions: ReadonlyArray<number>): ReadonlySet<number> {
  const reached = new Set(positions);
  for (const position of reached) {
    const step = steps[position];
    if (step?.kind === "star") reached.add(position + 1);
    else if (step?.kind === "fork") { for (const target of step.targets) reached.add(target); }
  }
  return reached;
}
