"""What a wheel holds: the four packages, and below `heritage/shipped` what lies beside them in a checkout."""

from setuptools import find_namespace_packages, setup

ROOMS = ("heritage", "models_ml", "linking", "annotation")
SHIPPED = ("templates", "static", "locale")

setup(
    packages=[
        *find_namespace_packages(include=[*ROOMS, *(f"{room}.*" for room in ROOMS)], exclude=["*.__pycache__*"]),
        *(f"heritage.shipped.{folder}" for folder in SHIPPED),
    ],
    package_dir={f"heritage.shipped.{folder}": folder for folder in SHIPPED},
    package_data={"": ["*"]} | {f"heritage.shipped.{folder}": ["**/*"] for folder in SHIPPED},
)
