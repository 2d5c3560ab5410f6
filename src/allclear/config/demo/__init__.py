"""A company to look at: Harbour & Pine, a made-up retailer, with two weeks of incidents told through the real verbs."""

from allclear.config.demo.company import DemoLogin, create

__all__ = ["DemoLogin", "create"]
