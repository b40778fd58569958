"""How customers are compared, filed and judged; pure and synchronous."""
