// A table of one page of rows. Every text goes in as text, so no value can become markup.
export function render({model}) {
  const root = document.createElement("div")
  root.className = "grid"

  const make = (tag, attributes = {}, ...children) => {
    const el = document.createElement(tag)
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) { el.addEventListener(name.slice(2), value) } else if (value != null) { el.setAttribute(name, value) }
    }
    el.append(...children)
    return el
  }

  const sortBy = (name) => {
    // Ascending, descending, then the order the rows came in.
    const [sort, descending] = model.sort !== name ? [name, false] : !model.descending ? [name, true] : ["", false]
    model.send_msg({kind: "sort", sort, descending})
  }

  const heading = (column) => {
    const isSorted = model.sort === column.name
    const button = make("button", {type: "button", onclick: () => sortBy(column.name)}, column.title)
    if (isSorted) { button.append(make("span", {"aria-hidden": "true"}, model.descending ? " ↓" : " ↑")) }
    const style = column.width ? `width:${column.width}px;min-width:${column.width}px` : "min-width:110px"
    const order = isSorted ? (model.descending ? "descending" : "ascending") : "none"
    return make("th", {scope: "col", class: column.is_number ? "number" : null, style, "aria-sort": order}, button)
  }

  const row = (cells, index) => {
    const tds = cells.map((text, place) => {
      const {is_number, width} = model.columns[place]
      return make("td", {class: is_number ? "number" : null, title: text, style: width ? `max-width:${width}px` : null}, text)
    })
    if (!model.opens) { return make("tr", {}, ...tds) }
    const open = () => model.send_msg({kind: "open", row: index})
    const button = make("button", {type: "button", class: "open", "aria-label": `Show details of ${cells[0]}`,
      onclick: (event) => { event.stopPropagation(); open() }}, "›")
    return make("tr", {class: "opens", onclick: open}, ...tds, make("td", {class: "last"}, button))
  }

  const pager = () => {
    const pages = Math.max(1, Math.ceil(model.total / model.page_size))
    if (pages === 1) { return [] }
    const first = (model.page - 1) * model.page_size + 1
    const to = (label, page, isOff) => {
      const button = make("button", {type: "button", onclick: () => model.send_msg({kind: "page", page})}, label)
      button.disabled = isOff
      return button
    }
    const format = (number) => number.toLocaleString("en-US")
    const said = `${format(first)}–${format(Math.min(first + model.page_size - 1, model.total))} of ${format(model.total)}`
    return [make("nav", {"aria-label": "Pages of the table"}, make("span", {role: "status"}, said),
      to("First", 1, model.page === 1), to("Previous", model.page - 1, model.page === 1),
      to("Next", model.page + 1, model.page === pages), to("Last", pages, model.page === pages))]
  }

  const draw = () => {
    // The button that was pressed is replaced by one of the same place, which keeps the keyboard where it was.
    const buttons = [...root.querySelectorAll("button")]
    const focused = buttons.indexOf(root.getRootNode().activeElement)
    const heads = model.columns.map(heading)
    if (model.opens) { heads.push(make("th", {class: "last"}, make("span", {class: "hidden"}, "Details"))) }
    const body = model.rows.length ? model.rows.map(row)
      : [make("tr", {}, make("td", {colspan: heads.length, class: "nothing"}, "Nothing fits."))]
    const table = make("table", {"aria-label": model.label}, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...body))
    root.replaceChildren(make("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": model.label}, table), ...pager())
    if (focused >= 0) { root.querySelectorAll("button")[focused]?.focus() }
  }

  // One message of the server changes several properties: draw once.
  let isDue = false
  const soon = () => {
    if (isDue) { return }
    isDue = true
    queueMicrotask(() => { isDue = false; draw() })
  }
  for (const name of ["columns", "rows", "total", "page", "sort", "descending"]) { model.on(name, soon) }
  draw()
  return root
}
