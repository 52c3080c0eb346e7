# The collection for Ansible.
EXTRA_DIST += \
	%D%/ansible/CHANGELOG.md \
	%D%/ansible/README.md \
	%D%/ansible/collection.sh \
	%D%/ansible/galaxy.yml \
	%D%/ansible/meta/runtime.yml \
	%D%/ansible/playbooks/fleet.yml \
	%D%/ansible/playbooks/sites.yml \
	%D%/ansible/playbooks/task.yml \
	%D%/ansible/playbooks/vars/wilco_fleet.yml \
	%D%/ansible/plugins/modules/wilco.yml

# It is for machines of this architecture, whose name its file gets.
ansible-collection: ansible/wilco
if WHOLE_STATIC
	STRIP='$(STRIP)' $(srcdir)/%D%/ansible/collection.sh ansible/wilco ansible
	machine=`$(CC) -dumpmachine` && mv ansible/wilco-device-$(PACKAGE_VERSION).tar.gz \
		ansible/wilco-device-$(PACKAGE_VERSION)-$${machine%%-*}.tar.gz
	ls -l ansible/wilco-device-*.tar.gz
else
	@echo 'the collection needs static libraries: its program runs where there is nothing but the C library' >&2
	@exit 1
endif
.PHONY: ansible-collection
CLEANFILES += ansible/wilco-device-*.tar.gz
