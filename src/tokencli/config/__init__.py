"""config.toml and prices.toml -> frozen settings; where the files live."""
