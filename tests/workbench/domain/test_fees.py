import pytest

from workbench.domain.fees import FeeClass, bundle_compute_type, fee_class


def usage(usage_type: str, description: str | None, service: str = "AmazonWorkSpaces") -> FeeClass:
    return fee_class(charge_type="Usage", service=service, usage_type=usage_type, description=description)


@pytest.mark.parametrize(
    ("usage_type", "description", "expected"),
    [
        ("AW-HW-2", "35 USD/month-Monthly Plus Standard (Windows), US East", FeeClass.ALWAYS_ON_MONTH),
        ("AW-HW-2-AutoStop-User", "9.75 USD/month-Hourly Standard (Windows), US East", FeeClass.AUTO_STOP_BASE),
        ("AW-HW-2-AutoStop-Usage", "0.3 USD/hour-Hourly Standard (Windows), US East", FeeClass.AUTO_STOP_HOURS),
        ("EU-AW-HWB-2-AutoStop-Usage", "0.28 USD/hour-Hourly Standard (Windows BYOL)", FeeClass.AUTO_STOP_HOURS),
        ("APS1-AW-HWL-10", "219 USD/month-Monthly Plus PowerPro (Amazon Linux)", FeeClass.ALWAYS_ON_MONTH),
        ("AW-HW-Graphics.g4dn", "537 USD/month-Monthly Plus Graphics.g4dn (Windows)", FeeClass.ALWAYS_ON_MONTH),
        ("AW-HW-2", "$35.00 per month per Standard WorkSpace", FeeClass.ALWAYS_ON_MONTH),
        ("AW-HW-2-AutoStop-User", "$9.75 per month per Standard WorkSpace", FeeClass.AUTO_STOP_BASE),
        ("AW-HW-2-AutoStop-Usage", "$0.30 per hour per Standard WorkSpace", FeeClass.AUTO_STOP_HOURS),
        ("AW-SW-Office-1", "15 USD/month-Software Microsoft Office Professional Plus", FeeClass.LICENCE),
        ("EU-AW-SW19-Visio", "3 USD/month-Software", FeeClass.LICENCE),
        ("AW-HW-UserVolume", "0.10 USD/GB-month-additional user volume storage", FeeClass.STORAGE),
        ("AW-HW-RootVolume", "0.10 USD/GB-month-additional root volume storage", FeeClass.STORAGE),
        ("APS1-AW-HW-Pools-Stopped-Usage", "0.025 USD/hour-stopped", FeeClass.POOL),
        ("AW-HW-Pools-User", "4.19 USD/month-user", FeeClass.POOL),
        ("AW-HW-99", "7.77 USD/month-unpublished plan", FeeClass.OTHER),
        ("AW-HW-2", "Correction of overbilled WorkSpaces usage", FeeClass.OTHER),
        ("DataTransfer-Out-Bytes", "0.09 USD/GB", FeeClass.OTHER),
    ],
)
def test_the_description_names_the_plan_and_what_fits_no_form_is_other(
    usage_type: str, description: str, expected: FeeClass
) -> None:
    assert usage(usage_type, description) is expected


@pytest.mark.parametrize(
    ("usage_type", "expected"),
    [
        ("AW-HW-12", FeeClass.ALWAYS_ON_MONTH),
        ("EU-AW-HWL-10-AutoStop-User", FeeClass.AUTO_STOP_BASE),
        ("USE2-AW-HW-4-AutoStop-Usage", FeeClass.AUTO_STOP_HOURS),
        ("AW-HW-99", FeeClass.OTHER),
        ("XAW-HW-2", FeeClass.OTHER),
    ],
)
def test_without_a_description_the_usage_type_decides_if_its_bundle_is_known(
    usage_type: str, expected: FeeClass
) -> None:
    assert usage(usage_type, None) is expected


@pytest.mark.parametrize(
    ("usage_type", "compute_type"),
    [
        # The trap: `HW-1` (Standard) is a prefix of `HW-12`, `HWL-1` (Standard) of `HWL-10` (PowerPro).
        ("AW-HW-1", "STANDARD"),
        ("AW-HW-12", "GRAPHICSPRO"),
        ("AW-HWL-1", "STANDARD"),
        ("AW-HWL-10", "POWERPRO"),
        ("EU-AW-HWL-10-AutoStop-Usage", "POWERPRO"),
        ("AW-HWB-1", "VALUE"),
        ("AW-HWB-6", "POWERPRO"),
        ("AW-HW-99", None),
        ("AW-SW-1", None),
    ],
)
def test_the_number_of_a_usage_type_is_read_whole(usage_type: str, compute_type: str | None) -> None:
    assert bundle_compute_type(usage_type) == compute_type


@pytest.mark.parametrize(
    ("charge_type", "expected"),
    [
        ("Tax", FeeClass.TAX),
        ("Credit", FeeClass.CREDIT),
        ("Refund", FeeClass.REFUND),
        ("EdpDiscount", FeeClass.CREDIT),
    ],
)
def test_what_is_no_usage_is_named_by_its_charge_type(charge_type: str, expected: FeeClass) -> None:
    given = fee_class(charge_type=charge_type, service="AmazonWorkSpaces", usage_type="AW-HW-2", description="anything")
    assert given is expected


@pytest.mark.parametrize("service", ["AWSDirectoryService", "AWS Directory Service"])
def test_directories_are_a_class_of_their_own(service: str) -> None:
    assert usage("EU-Small-MicrosoftAD-DirectoryUsage", "0.05 USD/hour", service) is FeeClass.DIRECTORY
