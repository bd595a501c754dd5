"""Questions in English → SQL on the asker's mart: rules, model service, guard, sandbox. The model sees no data."""
