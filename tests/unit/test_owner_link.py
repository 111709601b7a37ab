"""The link that the terminal prints lets the first owner in."""

from pathlib import Path

from tests.fakes.web import a_site

from assay.bootstrap.first_start import owner_link


def test_the_printed_link_is_a_page_that_signs_in_once(tmp_path: Path) -> None:
    site = a_site(tmp_path)
    with site.house.write() as session:
        link = owner_link(session, site.house.time)
    browser = site.browser()
    shown, pressed, again = browser.get(link), browser.post(link), site.browser().post(link)
    site.house.database.dispose()

    assert shown.status_code == 200
    assert pressed.status_code == 303
    assert "__Host-assay_team" in pressed.headers["set-cookie"]
    assert again.status_code >= 400
