"""The rules of partners, pure and synchronous: their life, hierarchy, contacts, territories, what others report."""
