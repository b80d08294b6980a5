// One suite in this process. It exports `rows()`, rows as `row.mjs` makes them, in an iterable or a promise of one.
const name = process.argv[2];
const { rows } = await import(`./suites/${name}.mjs`);
console.log(
  `| ${name} | measured | limit or peer | ratio | goal | holds |\n|---|---|---|---|---|---|`,
);
for await (const { what, measured, peer, ratio, goal, holds } of await rows()) {
  const cells = [
    what,
    measured,
    peer ?? "",
    ratio ?? "",
    goal,
    holds === undefined ? "" : holds ? "yes" : "**no**",
  ];
  console.log(`| ${cells.join(" | ")} |`);
}
console.log("");
process.exit(0);
