"use strict";

// Shows what the page holds as data: groups, warnings, files that could not be read, odd files.
// Text of the audit is only ever put in as text, never parsed as HTML.
(() => {
  const GROUPS_A_PAGE = 20;
  const WARNINGS_A_PAGE = 10;
  const LINES_A_PAGE = 50;
  const FIRST_MEMBERS = 12;
  const MORE_MEMBERS = 1000;

  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("data").textContent);
  const number = new Intl.NumberFormat("en-US");
  const counted = (n, one, many = `${one}s`) => `${number.format(n)} ${n === 1 ? one : many}`;
  const inOrder = new Intl.Collator("en", { numeric: true });
  const fold = (text) => text.normalize("NFC").toLowerCase();

  /** Makes an element; strings among the children become text. */
  function make(name, attributes = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  }

  /** Writes bytes as people say them, with the exact number at hand. */
  function size(bytes) {
    const units = ["B", "kB", "MB", "GB", "TB", "PB"];
    let value = bytes;
    let unit = 0;
    while (value >= (unit ? 999.5 : 1000) && unit < units.length - 1) {
      value /= 1000;
      unit += 1;
    }
    const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
    const title = `${number.format(bytes)} bytes`;
    return make("span", { class: "bytes", title }, `${value.toFixed(digits)} ${units[unit]}`);
  }

  /** Writes a path so that it breaks after slashes and no name can turn the text around it. */
  function path(text, tag = "bdi") {
    const element = make(tag, { class: "path", dir: "auto" });
    text.split(/(?<=\/)/).forEach((part, place) => {
      if (place) element.append(make("wbr"));
      element.append(part);
    });
    return element;
  }

  const store = (place) => make("bdi", { class: "store" }, data.stores[place]);

  // Groups and members as objects

  const contents = data.contents.map(([sha256, format, bytes, width, height, frames, thumbnail]) => ({
    sha256, format, bytes, width, height, frames, thumbnail,
  }));

  const groups = data.groups.map(([id, certain, possible, members]) => ({
    id,
    certain,
    possible,
    members: members.map(
      ([
        place, file, content, relationTo = null, waste = "", changes = [], distance = null, twin = "",
        certainty = null, via = "", evidence = "", derived = "",
      ]) => ({
        store: place,
        path: file,
        content: contents[content],
        relation: relationTo,
        waste,
        changes,
        distance,
        twin,
        certainty,
        via,
        evidence,
        derived,
      }),
    ),
  }));

  /** Finds the member that another was compared with: the representative, or the one on the way. */
  const comparedWith = (group, member) =>
    (member.via && group.members.find((m) => `${data.stores[m.store]}:${m.path}` === member.via)) || group.members[0];

  const baseName = (member) => member.path.slice(member.path.lastIndexOf("/") + 1);
  const searchable = (member) =>
    (member.folded ??= fold(
      [member.path, data.stores[member.store], member.content.format, member.content.sha256].join("\n"),
    ));

  for (const group of groups) {
    group.name = baseName(group.members[0]);
    group.folded = fold(group.id);
    group.stores = new Map();
    for (const member of group.members) {
      group.stores.set(member.store, (group.stores.get(member.store) ?? 0) + 1);
    }
  }

  /** Calls a function once its caller has been quiet for a moment, as between keystrokes. */
  function unhurried(action) {
    let waiting;
    return () => {
      clearTimeout(waiting);
      waiting = setTimeout(action, 120);
    };
  }

  /** Says which items of a list are shown, of how many that were found, of how many in all. */
  function shownOf(start, shown, found, all, noun) {
    if (!found) return `No ${noun} of ${number.format(all)} is like that.`;
    const filtered = found < all ? ` (of ${number.format(all)})` : "";
    return `${number.format(start + 1)} to ${number.format(start + shown)} of ${counted(found, noun)}${filtered}`;
  }

  const wordsOf = (input) => fold(input.value).split(/\s+/).filter(Boolean);

  // Pages of a long list

  /** Keeps a list's page number, draws its pager, and calls `show` with the items of the page. */
  function pages(nav, length, show) {
    let items = [];
    let page = 0;

    function step(label, target, enabled) {
      const button = make("button", { type: "button" }, label);
      button.disabled = !enabled;
      button.addEventListener("click", () => go(target, label));
      return button;
    }

    function go(target, focused) {
      page = target;
      draw();
      nav.closest("section").scrollIntoView();
      const again = [...nav.querySelectorAll("button")].find((b) => b.textContent === focused);
      (again && !again.disabled ? again : nav.querySelector("input"))?.focus({ preventScroll: true });
    }

    function draw() {
      const last = Math.max(0, Math.ceil(items.length / length) - 1);
      page = Math.min(Math.max(page, 0), last);
      nav.replaceChildren();
      nav.hidden = last === 0;
      if (last > 0) {
        const input = make("input", { type: "number", min: 1, max: last + 1, value: page + 1 });
        input.addEventListener("change", () => go(Math.trunc(Number(input.value) || 1) - 1));
        nav.append(
          step("First", 0, page > 0),
          step("Previous", page - 1, page > 0),
          make("label", {}, "Page ", input, ` of ${number.format(last + 1)}`),
          step("Next", page + 1, page < last),
          step("Last", last, page < last),
        );
      }
      show(items.slice(page * length, (page + 1) * length), page * length, items.length);
    }

    return (newItems) => {
      items = newItems;
      page = 0;
      draw();
    };
  }

  // Pictures, and two of them side by side

  const dialog = byId("compare");

  const address = (name) => name.split("/").map(encodeURIComponent).join("/");

  function picture(content, alternative = "") {
    const missing = () => make("span", { class: "blank" }, content.format || "no preview");
    if (!content.thumbnail) return missing();
    const source = address(content.thumbnail);
    const image = make("img", { src: source, alt: alternative, loading: "lazy", decoding: "async" });
    image.addEventListener("error", () => image.replaceWith(missing()));
    return image;
  }

  const shape = ({ width, height }) => `${number.format(width)} × ${number.format(height)}`;

  function figure(member, words) {
    const { content } = member;
    return make(
      "figure",
      {},
      make("div", { class: "plate" }, picture(content, member.path)),
      make(
        "figcaption",
        {},
        make("p", {}, words),
        make("p", {}, store(member.store), " ", path(member.path)),
        make("p", { class: "dim" }, `${shape(content)}, ${content.format}, `, size(content.bytes)),
      ),
    );
  }

  /** Shows the drawn comparison of two files, which opens in its full size. */
  function evidence(name, words, loading) {
    const image = make("img", { src: address(name), alt: words, loading, decoding: "async" });
    const link = make("a", { href: address(name), title: "Open in full size" }, image);
    const figure = make("figure", { class: "evidence" }, link);
    image.addEventListener("error", () => figure.replaceWith(make("p", { class: "evidence dim" }, "The evidence picture cannot be shown.")));
    return figure;
  }

  /** Says how sure a relation is: a short bar and the figure. */
  function sureness(certainty, when = "") {
    const percent = certainty >= 0.995 ? "over 99 %" : `${Math.round(certainty * 100)} %`;
    const bar = make("span", { class: "gauge", "aria-hidden": "true" }, make("span"));
    bar.firstChild.style.width = `${(certainty * 100).toFixed(1)}%`;
    const title = `${(certainty * 100).toFixed(2)} %`;
    return make("span", { class: "sureness", title }, bar, `${percent} sure${when}`);
  }

  const relationPill = (name) => make("span", { class: `relation ${name}` }, data.relations[name]);

  /** Lists what was changed, each change on a line of its own. */
  function changeList(changes) {
    return make("ul", { class: "changes" }, ...changes.map((place) => make("li", {}, data.changes[place])));
  }

  function compare(group, place) {
    const members = group.members;
    const member = members[place];
    const base = comparedWith(group, member);
    const beside = base === members[0] ? "the representative" : "the file it was found through";
    const button = (label, target) => {
      const element = make("button", { type: "button" }, label);
      element.disabled = target < 1 || target >= members.length;
      element.addEventListener("click", () => {
        compare(group, target);
        const again = [...dialog.querySelectorAll("button")].find((b) => b.textContent === label);
        (again.disabled ? dialog.querySelector(".close") : again).focus();
      });
      return element;
    };
    const close = make("button", { type: "button", class: "close" }, "Close");
    close.addEventListener("click", () => dialog.close());
    dialog.replaceChildren(
      make(
        "header",
        {},
        make("h2", { id: "compare-title" }, `File ${number.format(place + 1)} of ${number.format(members.length)} beside ${beside}`),
        make("div", { class: "steps" }, button("Previous", place - 1), button("Next", place + 1), close),
      ),
      make(
        "div",
        { class: "pair" },
        figure(
          base,
          make("span", { class: "relation representative" }, base === members[0] ? "Representative" : "Found through this one"),
        ),
        figure(member, relationTo(member)),
      ),
    );
    if (member.evidence) {
      const words = `Evidence: ${baseName(base)} and ${baseName(member)} laid on each other`;
      dialog.querySelector(".pair").before(evidence(member.evidence, words, "eager"));
    }
    dialog.scrollTop = 0;
    if (!dialog.open) dialog.showModal();
  }

  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("keydown", (event) => {
    const label = { ArrowLeft: "Previous", ArrowRight: "Next" }[event.key];
    [...dialog.querySelectorAll("button")].find((b) => b.textContent === label)?.click();
  });

  // One group

  function relationTo(member) {
    const line = make(
      "span",
      { class: "how" },
      relationPill(member.relation),
    );
    if (member.changes.length) line.append(changeList(member.changes));
    if (member.distance !== null) {
      line.append(make("span", { class: "dim" }, `${counted(member.distance, "bit")} apart`));
    }
    if (member.certainty !== null) line.append(sureness(member.certainty));
    return line;
  }

  function memberItem(group, place, found) {
    const member = group.members[place];
    const { content } = member;
    const thumbnail = make("div", { class: "thumb" });
    const base = comparedWith(group, member);
    if (place > 0 && (content.thumbnail || base.content.thumbnail || member.evidence)) {
      const name = `Compare ${baseName(member)} with ${base === group.members[0] ? "the representative" : baseName(base)}`;
      const button = make("button", { type: "button", "aria-label": name, title: "Compare" }, picture(content));
      button.addEventListener("click", () => compare(group, place));
      thumbnail.append(button);
    } else {
      thumbnail.append(picture(content));
    }
    const frames = content.frames > 1 ? `, ${counted(content.frames, "frame")}` : "";
    const file = make("span", { class: "file" }, path(member.path), store(member.store));
    if (member.twin) {
      file.append(make("span", { class: "dim twin" }, "Same content as ", path(member.twin)));
    }
    if (member.via) {
      file.append(make("span", { class: "dim twin" }, "Found by way of ", path(member.via)));
    }
    if (member.derived) {
      file.append(make("span", { class: "dim twin" }, `Compared by a derivative (${member.derived}): nothing is known of the master’s bytes`));
    }
    const how = place ? relationTo(member) : make("span", { class: "how" }, make("span", { class: "relation representative" }, "Representative"));
    if (member.evidence) {
      const button = make("button", { type: "button", class: "quiet" }, "Evidence", make("span", { class: "unseen" }, ` for ${baseName(member)}`));
      button.addEventListener("click", () => compare(group, place));
      how.append(button);
    }
    const cost = make("span", { class: "cost" }, size(content.bytes));
    if (member.waste) {
      cost.append(make("span", { class: `waste ${member.waste}` }, data.wastes[member.waste]));
    }
    return make(
      "li",
      { class: `member${found ? " found" : ""}${member.via ? " through" : ""}` },
      thumbnail,
      file,
      how,
      make("span", { class: "shape" }, shape(content), make("span", { class: "dim" }, content.format + frames)),
      cost,
    );
  }

  /** Chooses the members that a folded group shows: the representative, what was found, the first. */
  function firstMembers(group, words) {
    const places = group.members.map((_, place) => place);
    if (places.length <= FIRST_MEMBERS) return places;
    const found = words.length
      ? places.filter((place) => place && words.some((word) => searchable(group.members[place]).includes(word)))
      : [];
    const chosen = new Set([0, ...found.slice(0, FIRST_MEMBERS - 1)]);
    for (const place of places) {
      if (chosen.size >= FIRST_MEMBERS) break;
      chosen.add(place);
    }
    return [...chosen].sort((a, b) => a - b);
  }

  function groupItem(group, words) {
    const list = make("ol", { class: "members" });
    const item = (place) => {
      const found = words.length && words.every((word) => searchable(group.members[place]).includes(word));
      return memberItem(group, place, found);
    };
    list.append(...firstMembers(group, words).map(item));

    const savings = make("p", { class: "savings" });
    if (group.certain) savings.append(make("span", { class: "certain" }, size(group.certain), " certain"));
    if (group.possible) savings.append(make("span", { class: "possible" }, size(group.possible), " possible"));

    const title = `title-${group.id}`;
    const article = make(
      "article",
      { "aria-labelledby": title },
      make(
        "header",
        {},
        make("h3", { id: title }, path(group.name)),
        make(
          "p",
          { class: "dim" },
          `${counted(group.members.length, "file")} in ${counted(group.stores.size, "store")}, group `,
          make("code", {}, group.id),
        ),
        savings,
      ),
      list,
    );
    if (group.members.length > FIRST_MEMBERS) article.append(moreButton(group, list, item));
    return make("li", {}, article);
  }

  /** Makes the button that unfolds a big group; a very big one unfolds in steps. */
  function moreButton(group, list, item) {
    const total = group.members.length;
    const button = make("button", { type: "button", class: "more" });
    let shown = 0;
    const label = () => {
      button.textContent =
        total - shown <= MORE_MEMBERS
          ? `Show all ${number.format(total)}`
          : `Show ${number.format(MORE_MEMBERS)} more of ${number.format(total)}`;
    };
    button.addEventListener("click", () => {
      // The folded list may have left members out between others, so the first step starts anew.
      if (!shown) list.replaceChildren();
      const next = Math.min(total, shown + MORE_MEMBERS);
      for (; shown < next; shown += 1) list.append(item(shown));
      if (shown === total) button.remove();
      else label();
    });
    label();
    return button;
  }

  // Finding groups

  function findGroups() {
    const control = Object.fromEntries(
      ["search", "sort", "relation", "format", "first", "second", "across"].map((id) => [id, byId(id)]),
    );
    const options = (select, values) =>
      values.forEach(([value, text]) => select.append(make("option", { value }, text)));
    const formats = [...new Set(groups.flatMap((g) => g.members.map((m) => m.content.format)))].sort();
    const present = data.stores.map((name, place) => [place, name]);
    options(control.format, formats.map((format) => [format, format]));
    options(control.first, present);
    options(control.second, present);

    const orders = {
      certain: (a, b) => b.certain - a.certain || b.possible - a.possible,
      possible: (a, b) => b.possible - a.possible || b.certain - a.certain,
      files: (a, b) => b.members.length - a.members.length,
      name: (a, b) => inOrder.compare(a.name, b.name),
    };
    let words = [];

    const show = pages(byId("group-pager"), GROUPS_A_PAGE, (items, start, total) => {
      const list = byId("group-list");
      list.start = start + 1;
      list.replaceChildren(...items.map((group) => groupItem(group, words)));
      byId("found").textContent = shownOf(start, items.length, total, groups.length, "group");
    });

    /** Tells whether each store that was chosen is in the group; chosen twice, with two files. */
    function inStores(group) {
      const { first, second } = control;
      if (first.value && first.value === second.value) {
        return (group.stores.get(Number(first.value)) ?? 0) > 1;
      }
      return [first, second].every(({ value }) => !value || group.stores.has(Number(value)));
    }

    function chosen(group) {
      if (control.across.checked && group.stores.size < 2) return false;
      if (!inStores(group)) return false;
      if (control.relation.value && !group.members.some((m) => m.relation === control.relation.value)) return false;
      if (control.format.value && !group.members.some((m) => m.content.format === control.format.value)) return false;
      return words.every(
        (word) => group.folded.includes(word) || group.members.some((m) => searchable(m).includes(word)),
      );
    }

    function apply() {
      words = wordsOf(control.search);
      const named = groups.find((group) => words.length === 1 && words[0] === group.folded);
      show((named ? [named] : groups).filter(chosen).sort(orders[control.sort.value]));
    }

    const tools = byId("tools");
    tools.addEventListener("submit", (event) => event.preventDefault());
    tools.addEventListener("change", apply);
    tools.addEventListener("reset", () => setTimeout(apply));
    control.search.addEventListener("input", unhurried(apply));
    document.querySelector(".ladder")?.addEventListener("click", (event) => {
      const link = event.target.closest("a[href='#groups']");
      if (!link) return;
      tools.reset();
      control.relation.value = link.dataset.relation;
      apply();
      control.relation.focus({ preventScroll: true });
    });
    document.querySelector(".matrix")?.addEventListener("click", (event) => {
      const cell = event.target.closest("button");
      if (!cell) return;
      tools.reset();
      control.first.value = cell.dataset.first;
      control.second.value = cell.dataset.second;
      apply();
      byId("groups").scrollIntoView();
      control.first.focus({ preventScroll: true });
    });
    document.addEventListener("group", ({ detail }) => {
      tools.reset();
      control.search.value = detail;
      apply();
      byId("groups").scrollIntoView();
      control.search.focus({ preventScroll: true });
    });
    apply();
  }

  // Groups whose files differ in an attribute

  function differingItem([attribute, place, values, more], at) {
    const group = groups[place];
    const title = `differing-${at}`;
    const button = make("button", { type: "button", class: "quiet" }, `Group ${group.id}`);
    button.addEventListener("click", () => document.dispatchEvent(new CustomEvent("group", { detail: group.id })));
    const pictured = values.map(([value, files, first]) =>
      make(
        "figure",
        {},
        make("div", { class: "plate" }, picture(group.members[first].content, group.members[first].path)),
        make(
          "figcaption",
          {},
          make("p", {}, make("bdi", {}, value), make("span", { class: "dim" }, ` ${counted(files, "file")}`)),
          make("p", {}, path(group.members[first].path), store(group.members[first].store)),
        ),
      ),
    );
    return make(
      "li",
      {},
      make(
        "article",
        { "aria-labelledby": title },
        make(
          "header",
          {},
          make("h3", { id: title }, "One picture, ", counted(values.length + more, "value"), " of ", make("bdi", {}, attribute)),
          button,
        ),
        make("div", { class: "pair several" }, ...pictured),
        more ? make("p", { class: "dim" }, `and ${counted(more, "more value")}`) : "",
      ),
    );
  }

  // Warnings

  function warningItem([first, second, relation, changes, where, certainty, drawn], at) {
    const side = (mark, [place, file, thumbnail]) =>
      make(
        "figure",
        {},
        drawn ? "" : make("div", { class: "plate" }, picture({ thumbnail, format: "" }, file)),
        make("figcaption", {}, make("span", { class: "dim" }, `${mark} `), path(file), store(place)),
      );
    const title = `warning-${at}`;
    const article = make(
      "article",
      { "aria-labelledby": title },
      make(
        "header",
        {},
        make("h3", { id: title }, relationPill(relation)),
        make("p", {}, [...changes.map((place) => data.changes[place]), where].filter(Boolean).join(", ")),
        make("p", { class: "sure-line" }, sureness(certainty, relation === "contested" ? " if seen alone" : "")),
      ),
    );
    if (drawn) article.append(evidence(drawn, `${first[1]} and ${second[1]} laid on each other. ${where}`, "lazy"));
    article.append(make("div", { class: "pair" }, side("First", first), side("Second", second)));
    return make("li", {}, article);
  }

  function findWarnings() {
    const search = byId("warning-search");
    const kind = byId("warning-relation");
    const folded = new Map(
      data.warnings.map((item) => [
        item,
        fold([...item.slice(0, 2).flatMap(([place, file]) => [data.stores[place], file]), item[4]].join("\n")),
      ]),
    );
    const show = pages(byId("warning-pager"), WARNINGS_A_PAGE, (items, start, total) => {
      const list = byId("warning-list");
      list.start = start + 1;
      list.replaceChildren(...items.map((item, place) => warningItem(item, start + place)));
      byId("warned").textContent = shownOf(start, items.length, total, data.warnings.length, "pair");
    });
    const apply = () => {
      const words = wordsOf(search);
      show(
        data.warnings.filter(
          (item) => (!kind.value || item[2] === kind.value) && words.every((word) => folded.get(item).includes(word)),
        ),
      );
    };
    const tools = byId("warning-tools");
    tools.addEventListener("submit", (event) => event.preventDefault());
    tools.addEventListener("change", apply);
    search.addEventListener("input", unhurried(apply));
    document.querySelector(".ladder").addEventListener("click", (event) => {
      const link = event.target.closest("a[href='#warnings']");
      if (!link) return;
      search.value = "";
      kind.value = link.dataset.relation;
      apply();
      kind.focus({ preventScroll: true });
    });
    apply();
  }

  // Lists of files

  function lines(name, items, cells) {
    const body = byId(`${name}-list`).querySelector("tbody");
    const show = pages(byId(`${name}-pager`), LINES_A_PAGE, (shown) => {
      body.replaceChildren(
        ...shown.map((item) => make("tr", {}, ...cells(item).map((children) => make("td", {}, ...children)))),
      );
    });
    show(items);
    return show;
  }

  if (groups.length) findGroups();
  if (data.warnings.length) findWarnings();
  if (data.differing.length) {
    pages(byId("differing-pager"), WARNINGS_A_PAGE, (items, start) => {
      const list = byId("differing-list");
      list.start = start + 1;
      list.replaceChildren(...items.map((item, place) => differingItem(item, start + place)));
    })(data.differing);
  }

  if (data.fixity.length) {
    lines("fixity", data.fixity, ([place, file, what, told]) => [
      [make("span", { class: `status ${what}` }, what)],
      [told],
      [path(file), store(place)],
    ]);
  }

  if (data.problems.length) {
    const words = { unreadable: "unreadable", unsupported: "not supported", refused: "refused" };
    const show = lines("problem", data.problems, ([place, file, status, reason]) => [
      [make("span", { class: `status ${status}` }, words[status])],
      [reason],
      [path(file), store(place)],
    ]);
    byId("status").addEventListener("change", ({ target }) => {
      show(data.problems.filter((item) => !target.value || item[2] === target.value));
    });
  }

  if (data.notices.length) {
    lines("notice", data.notices, ([place, file, note]) => [[note], [path(file), store(place)]]);
  }
})();
