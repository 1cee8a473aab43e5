"""pingconf: SCIM provisioning from PingOne to Infisical as code."""

__version__ = "0.1.0"
