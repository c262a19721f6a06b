"""What the library offers is covered, or the ledger says that it is not."""


def test_coverage(case, lab):
    case.checkpoint.directory(lab.builder, case.format)
