"""One file a scenario: `run(bench)` yields its rows."""
