"""The web process: one ASGI app of pages, REST API and chat, behind one session gate. Nobody imports `app`."""
