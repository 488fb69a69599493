/**
 * How panels get at messages.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import type { RefObject } from "preact";
import type { ChannelInfo, Message } from "../../mod.ts";
import { decoderFor } from "../decode/decoder.ts";
import { UndecodableChannel, type UndecodableMessage } from "../decode/errors.ts";
import type { Plain } from "../decode/plain.ts";
import type { Feed } from "../feed.ts";
import { Frames } from "./frames.ts";

/** A message that has been decoded. */
export interface Reading {
  readonly message: Message;
  readonly value: Plain;
}

/** Decodes a message; what is wrong with it comes back in words. */
export function read(channel: ChannelInfo, message: Message): Plain | UndecodableMessage | UndecodableChannel {
  const decoder = decoderFor(channel);
  return decoder instanceof UndecodableChannel ? decoder : decoder.decode(message.data);
}

/** What a panel does with its feeds between being shown and being closed. */
export interface PanelWork {
  /** A message has come. Only what must not be missed is done here. */
  readonly onMessage: (message: Message, feed: Feed) => void;
  /** Draws; once per frame at most, after messages or after `ask`. */
  readonly draw: (now: number) => void;
  /** Lets go of what it holds. */
  readonly close?: () => void;
}

/** What a panel is given: the channels that it shows, most show one, and whether it holds still. */
export interface PanelInput {
  readonly feeds: ReadonlyArray<Feed>;
  /** What comes while it is paused is not lost where the panel keeps messages, but nothing is drawn. */
  readonly isPaused: boolean;
}

/**
 * Runs a panel's work from its first frame to its last. The element that the reference is put on is what is drawn: while
 * it is out of sight, nothing is. The result asks for a frame; with `true`, for one that is drawn although it is paused.
 */
export function usePanelWork<E extends Element>(
  { feeds, isPaused }: PanelInput,
  start: () => PanelWork,
): { readonly element: RefObject<E | null>; readonly ask: (isForced?: boolean) => void } {
  const element = useRef<E>(null);
  const frames = useRef<Frames>(undefined);
  const paused = useRef(isPaused);
  paused.current = isPaused;
  const key = feeds.map(({ channel: { id, topic } }) => `${id} ${topic}`).join("\n");
  useEffect(() => {
    const work = start();
    const made = new Frames(element.current, work.draw);
    frames.current = made;
    const stops = feeds.map((feed) =>
      feed.listen((message) => {
        work.onMessage(message, feed);
        if (!paused.current) made.ask();
      })
    );
    made.ask();
    return () => {
      for (const stop of stops) stop();
      made.close();
      work.close?.();
      frames.current = undefined;
    };
    // A feed that is made again for the same channel is the same feed.
  }, [key]);
  useEffect(() => {
    if (!isPaused) frames.current?.ask();
  }, [isPaused]);
  const ask = (isForced = false): void => {
    if (isForced || !paused.current) frames.current?.ask();
  };
  return { element, ask };
}

/** A number that changes to have the component rendered again. */
export function useRedraw(): () => void {
  const [, set] = useState(0);
  return () => set((count) => count + 1);
}

/** A value that is kept between renderings, made once. */
export function useKept<T>(make: () => T): T {
  const [kept] = useState(make);
  return kept;
}
