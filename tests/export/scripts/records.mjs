// Stands in for the elements of the page that hold what Python writes, so that its modules run without a browser.

import {readFileSync} from "node:fs";

const records = JSON.parse(readFileSync(process.env.PAGE_RECORDS, "utf8"));

globalThis.document = {getElementById: (id) => ({textContent: JSON.stringify(records[id])})};

const page = (name) => import(new URL(`../../../mnist_mlp/export/page/${name}.mjs`, import.meta.url));

export {page};
