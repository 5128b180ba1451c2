"""Which folders are refused, since another user may have prepared them or may change them."""

import os

import pytest

from xqute._ownership import check_ownership


@pytest.fixture
def private_folder(tmp_path):
    path = tmp_path / "folder"
    path.mkdir(mode=0o700)
    return path


@pytest.mark.parametrize("mode", [0o700, 0o750, 0o775])
def test_the_mode_of_a_folder_of_this_user_is_returned(private_folder, mode):
    private_folder.chmod(mode)
    assert check_ownership(str(private_folder)) == mode


def test_one_that_everybody_may_write_to_is_refused(private_folder):
    private_folder.chmod(0o777)
    with pytest.raises(PermissionError, match="everybody may write to it"):
        check_ownership(str(private_folder))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a folder away")
def test_one_of_another_user_is_refused(private_folder):
    os.chown(private_folder, 12345, -1)
    with pytest.raises(PermissionError, match="belongs to another user, uid 12345"):
        check_ownership(str(private_folder))


def test_a_link_is_refused_unless_it_is_allowed(private_folder, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(private_folder)
    with pytest.raises(PermissionError, match="symbolic link"):
        check_ownership(str(link))
    assert check_ownership(str(link), link=True) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a link away")
def test_a_link_of_another_user_is_refused(private_folder, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(private_folder)
    os.chown(link, 12345, -1, follow_symlinks=False)
    with pytest.raises(PermissionError, match="symbolic link"):
        check_ownership(str(link), link=True)


def test_what_a_link_leads_to_is_checked_too(private_folder, tmp_path):
    private_folder.chmod(0o777)
    link = tmp_path / "link"
    link.symlink_to(private_folder)
    with pytest.raises(PermissionError, match="everybody may write"):
        check_ownership(str(link), link=True)


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        check_ownership(str(tmp_path / "file"))


def test_one_that_does_not_exist(tmp_path):
    with pytest.raises(FileNotFoundError):
        check_ownership(str(tmp_path / "gone"))
