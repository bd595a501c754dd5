"""Draws a figure that was worked out before: the server keeps no model of it, the browser gets its text."""

from __future__ import annotations

import panel as pn
import param


class Plot(pn.custom.JSComponent):
    """A chart. Zoom, hover and save work in the browser; setting `item` draws it anew."""

    item = param.String(doc="A figure as app.charts.figure.as_item gives it; empty draws nothing.")
    label = param.String(doc="What the chart shows, for those who cannot see it.")

    _esm = """
    export function render({model, view}) {
      const el = document.createElement("div")
      el.className = "plot"
      el.style.cssText = "display:flex;width:100%;height:100%"
      el.setAttribute("role", "img")
      let views = null, wanted = 0
      const draw = async () => {
        const mine = ++wanted
        el.setAttribute("aria-label", model.label)
        if (!model.item || !el.isConnected) { return }
        const item = JSON.parse(model.item)
        const stage = document.createElement("div")
        stage.style.cssText = "display:flex;flex:1 1 auto;min-width:0;height:100%"
        views?.clear?.()
        el.replaceChildren(stage)
        const drawn = await Bokeh.embed.embed_item(item, stage)
        if (mine !== wanted) { drawn?.clear?.(); return }
        views = drawn
      }
      model.on("item", draw)
      model.on("after_render", draw)
      model.on("remove", () => { wanted++; views?.clear?.() })
      return el
    }
    """
