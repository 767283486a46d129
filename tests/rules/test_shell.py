import shlex

from hypothesis import given
from hypothesis import strategies as st

from kvaudit.rules.shell import quoted


@given(st.text() | st.text("ab1_@%+=:,./- '$\n"))
def test_a_word_is_quoted_as_the_standard_library_does(text):
    assert quoted(text) == shlex.quote(text)
