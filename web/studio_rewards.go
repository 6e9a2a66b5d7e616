package web

import (
	"context"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"firebrand/catalog"
	"firebrand/content"
	"firebrand/internal/fault"
	"firebrand/web/ui"
)

// shelfRow is a reward as marketers look over it.
type shelfRow struct {
	catalog.Reward
	Stock int64
	// Lacks are the interface's languages that it has no name in.
	Lacks []string
}

// rewardForm is the form for one reward, with what was typed.
type rewardForm struct {
	// Key is the key of a form of stock whose outcome is not known; empty for a new one.
	Key string
	catalog.Reward
	// Base is the version that is being edited, 0 for a new reward.
	Base  int64
	Stock int64
	// Stale says that somebody saved a newer version meanwhile.
	Stale bool
	// Pieces is what was typed for the stock.
	Pieces string
}

// Action is where the form goes.
func (f rewardForm) Action() string {
	if f.Base == 0 {
		return "/studio/rewards/new"
	}
	return "/studio/rewards/" + f.ID
}

// studioRewards lists the rewards of every state.
func (s *Server) studioRewards(c *fiber.Ctx) error {
	all, err := s.Catalog.AllRewards(c.UserContext())
	if err != nil {
		return err
	}
	stocks, err := s.Catalog.Stocks(c.UserContext(), rewardIDs(all))
	if err != nil {
		return err
	}
	return s.page(c, "studio_rewards", ui.Page{Title: "shelf.title", Wide: true, Data: shelfRows(all, stocks)})
}

func (s *Server) rewardNew(c *fiber.Ctx) error {
	return s.page(c, "studio_reward", formPage(rewardForm{Reward: catalog.Reward{State: catalog.Draft}}))
}

// rewardEnter adds a reward under the form's key as its id, so that a form sent twice adds one.
func (s *Server) rewardEnter(c *fiber.Ctx) error {
	key, err := formKey(c)
	if err != nil {
		return err
	}
	form := typedReward(c, key)
	form.Base = 0
	return s.keepReward(c, form)
}

// rewardEdit opens a reward as it stands.
func (s *Server) rewardEdit(c *fiber.Ctx) error {
	form, err := s.formFor(c.UserContext(), c.Params("id"))
	if err != nil {
		return err
	}
	return s.page(c, "studio_reward", formPage(form))
}

// rewardSave writes the next version of a reward, unless somebody else did.
func (s *Server) rewardSave(c *fiber.Ctx) error {
	if _, err := formKey(c); err != nil {
		return err
	}
	return s.keepReward(c, typedReward(c, c.Params("id")))
}

// rewardStock adds pieces to the stock.
func (s *Server) rewardStock(c *fiber.Ctx) error {
	key, err := formKey(c)
	if err != nil {
		return err
	}
	id, pieces := c.Params("id"), c.FormValue("n")
	n, _ := strconv.ParseInt(pieces, 10, 64) // what is no number is 0, which the room refuses
	_, refused := s.Catalog.AddStock(c.UserContext(), s.me(c).ID, id, max(0, n), key)
	if refused == nil {
		return said(c, "/studio/rewards/"+id, "said.shelf_stock")
	}
	form, err := s.formFor(c.UserContext(), id)
	if err != nil {
		return err
	}
	form.Pieces = pieces
	if fault.Is(refused, fault.Unavailable) {
		form.Key = key // it may have been written: sent again, it acts once
	}
	return s.again(c, refused, "studio_reward", formPage(form))
}

// shelfNotice says what a save came to.
var shelfNotice = map[catalog.RewardState]string{
	catalog.Draft: "said.shelf_draft", catalog.Published: "said.shelf_published", catalog.Withdrawn: "said.shelf_withdrawn",
}

// keepReward takes the picture in, where there is one, and saves what was typed.
func (s *Server) keepReward(c *fiber.Ctx, form rewardForm) error {
	err := s.addPicture(c, &form.Reward)
	if err == nil {
		_, err = s.Catalog.SaveReward(c.UserContext(), s.me(c).ID, form.Reward, form.Base)
	}
	switch {
	case err == nil:
		return said(c, "/studio/rewards/"+form.ID, shelfNotice[form.State])
	case form.Base == 0 && fault.Is(err, fault.Conflict):
		return said(c, "/studio/rewards/"+form.ID, "said.shelf_there")
	}
	form.State = typedState(c.FormValue("state")) // as it still stands
	form.Stale = fault.Is(err, fault.Conflict)
	stock, unread := s.Catalog.Stock(c.UserContext(), form.ID)
	if unread != nil {
		return unread
	}
	form.Stock = stock
	return s.again(c, err, "studio_reward", formPage(form))
}

// addPicture takes the uploaded picture in, where one was chosen. It stays in the library when the form is refused
// afterwards, so that it need not be sent again.
func (s *Server) addPicture(c *fiber.Ctx, r *catalog.Reward) error {
	header, err := c.FormFile("file")
	if err != nil || header.Size == 0 {
		return nil // no file was chosen
	}
	data, err := bytesOf(header)
	if err != nil {
		return err
	}
	medium, err := s.Content.AddMedia(c.UserContext(), s.me(c).ID, header.Filename, data, r.Alt)
	if err != nil {
		return onField(err)
	}
	r.Picture = medium.ID
	return nil
}

// onField names the form's field that a fault of the picture is about.
func onField(err error) error {
	f := fault.As(err)
	switch {
	case f == nil:
		return err
	case f.Key == "content.alt_missing" || f.Field != "":
		return f.On("alt")
	}
	return f.On("file")
}

// formFor is a reward opened for editing.
func (s *Server) formFor(ctx context.Context, id string) (rewardForm, error) {
	r, err := s.Catalog.Reward(ctx, id)
	if err != nil {
		return rewardForm{}, err
	}
	stock, err := s.Catalog.Stock(ctx, id)
	return rewardForm{Reward: r, Base: r.Version, Stock: stock}, err
}

func formPage(form rewardForm) ui.Page {
	title := "shelf.edit_title"
	if form.Base == 0 {
		title = "shelf.new_title"
	}
	return ui.Page{Title: title, Wide: form.Base != 0, Data: form}
}

// typedReward reads the form. What is no number becomes one that the room refuses.
func typedReward(c *fiber.Ctx, id string) rewardForm {
	number := func(field string, empty int64) int64 {
		text := c.FormValue(field)
		if text == "" {
			return empty
		}
		n, err := strconv.ParseInt(text, 10, 32)
		if err != nil {
			return -1
		}
		return n
	}
	texts := func(field string) content.Text {
		t := content.Text{}
		for _, lang := range ui.Languages {
			t[lang] = c.FormValue(field + "_" + lang)
		}
		return t
	}
	return rewardForm{Base: number("version", -1), Reward: catalog.Reward{
		ID: id, Name: texts("name"), Description: texts("description"), Alt: texts("alt"), Price: number("price", 0),
		Supplier: c.FormValue("supplier"), PerMember: int(number("per_member", 0)), Picture: c.FormValue("picture"),
		State: typedState(c.FormValue("to", c.FormValue("state"))),
	}}
}

// typedState is the state that a form names, a draft where it names none that there is.
func typedState(s string) catalog.RewardState {
	switch state := catalog.RewardState(s); state {
	case catalog.Published, catalog.Withdrawn:
		return state
	}
	return catalog.Draft
}

// shelfRows are rewards with what is left of them and what they lack.
func shelfRows(all []catalog.Reward, stocks map[string]int64) []shelfRow {
	rows := make([]shelfRow, len(all))
	for i, r := range all {
		rows[i] = shelfRow{Reward: r, Stock: stocks[r.ID]}
		for _, lang := range ui.Languages {
			if r.Name[lang] == "" {
				rows[i].Lacks = append(rows[i].Lacks, lang)
			}
		}
	}
	return rows
}
