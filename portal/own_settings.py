"""The part of the settings table by which a team makes the portal its own: pages, navigation, looks."""

from __future__ import annotations

from typing import Annotated

from pydantic import AliasChoices, BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode

from portal import own_values as values


class OwnSettings(BaseSettings):
    """Fields of `portal.settings.Settings`. Files and folders are named by their paths in the project."""

    pages: Annotated[tuple[str, ...], NoDecode, BeforeValidator(values.folders)] = Field(
        (),
        validation_alias=AliasChoices("PORTAL_PAGES"),
        description="Folders of pages of your own, separated by commas; they stand beside ours, or instead of those "
        "that are hidden: [your own portal](docs/own-portal.md)",
    )
    hidden_pages: Annotated[values.Lists, NoDecode, BeforeValidator(values.lists)] = Field(
        (),
        validation_alias=AliasChoices("PORTAL_HIDDEN_PAGES"),
        description="Pages of ours that are not there, with all below them, by name or address: `jobs, /trips`; `all` "
        "leaves only yours",
    )
    page_groups: Annotated[values.Lists, NoDecode, BeforeValidator(values.groups)] = Field(
        (),
        validation_alias=AliasChoices("PORTAL_PAGE_GROUPS"),
        description="Pages, and all below them, that only members of these Databricks groups may open: "
        "`fares: finance, controllers; jobs: engineers`",
    )
    navigation: Annotated[values.Lists, NoDecode, BeforeValidator(values.lists)] = Field(
        (),
        validation_alias=AliasChoices("PORTAL_NAVIGATION"),
        description="Order and groups of the navigation: `home, fares; Data: catalog, queries`; pages that are not "
        "named follow",
    )
    home_page: str | None = Field(
        None,
        validation_alias=AliasChoices("PORTAL_HOME_PAGE"),
        description="The page that `/` shows, by name or address (home)",
    )
    logo: Annotated[str | None, BeforeValidator(values.picture)] = Field(
        None,
        validation_alias=AliasChoices("PORTAL_LOGO"),
        description="A picture beside the portal's name, such as `assets/logo.svg`",
    )
    favicon: Annotated[str | None, BeforeValidator(values.picture)] = Field(
        None,
        validation_alias=AliasChoices("PORTAL_FAVICON"),
        description="The picture of the browser's tab, such as `assets/favicon.svg`",
    )
    colours: Annotated[dict[str, str], NoDecode, BeforeValidator(values.colours)] = Field(
        {},
        validation_alias=AliasChoices("PORTAL_COLOURS"),
        description="Colours by the names of `assets/tokens.css`: `accent: #7a1f5c; accent-dark: #e0a3cb`; what can "
        "not be read ends the start",
    )
    css: Annotated[str | None, BeforeValidator(values.style)] = Field(
        None,
        validation_alias=AliasChoices("PORTAL_CSS"),
        description="A style sheet of your own, the last of all, such as `assets/own.css`",
    )
    icons: Annotated[str | None, BeforeValidator(values.icons)] = Field(
        None,
        validation_alias=AliasChoices("PORTAL_ICONS"),
        description="A folder of SVG files, each an icon by its name, such as `assets/icons`",
    )
    footer: Annotated[str | None, BeforeValidator(values.line)] = Field(
        None, validation_alias=AliasChoices("PORTAL_FOOTER"), description="One line of text below every page"
    )
