"""REST routes. HTTP only; each answer comes from a function in app.data that pages use too."""
