"""Questions in English → SQL on the asker's mart: parser, model service, guard, sandbox. The model process sees no data."""
