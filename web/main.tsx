/**
 * Where the page begins.
 */
import { render } from "preact";
import { App } from "./app.tsx";
import { transportFor } from "./connect.ts";
import { Model } from "./state/model.ts";
import { passing } from "./state/storage.ts";
import { readTarget } from "./state/target.ts";

const kept = passing();
const { target, cleaned } = readTarget(location, kept);
if (cleaned !== undefined) history.replaceState(history.state, "", cleaned);
const root = document.getElementById("app");
if (root !== null) render(<App model={new Model({ target, transportFor, passing: kept })} />, root);
