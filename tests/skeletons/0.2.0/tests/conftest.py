"""The fixtures `sandbox` and `portal`: see the package's `portal.testing`."""

pytest_plugins = ["portal.testing.plugin"]
