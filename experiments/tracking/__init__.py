"""MLflow: what is sent, the process that sends it, and the spool of what could not be sent.

The only folder that imports mlflow, and only in a process of its own.
"""
